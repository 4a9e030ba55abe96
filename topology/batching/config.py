"""Settings of the batching."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from topology.batching.security import OPEN, KafkaSecurity


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """Settings of the batching. Times are in seconds."""

    app_id: str
    """The consumer group, and the prefix of every transactional id."""
    bootstrap_servers: str
    sources: tuple[str, ...]
    """Topics with events, co-partitioned."""
    changelog: str
    """The compacted topic of the rows, co-partitioned with the sources."""
    partitions: int
    """The number of partitions of each topic."""
    clock_topic: str | None = None
    """A topic of ticks, co-partitioned with the sources; None: the system clock."""
    max_batch: int = 10_000
    """The most records in one transaction."""
    batch_time: float = 0.6
    """How long the handler may process one batch. The rest waits for the next transaction.

    The batch blocks the event loop for this time and for the last record's, together less than a
    second. A batch reads and writes each row once, so shorter batches cost more: with 0.25 s a
    worker processed a quarter fewer events of customers with many events.
    """
    backlog: int = 1_000
    """With so many queued records the worker computes further batches during a commit, and sends
    them right after that."""
    commit_interval: float = 0.1
    """Without a backlog a partition begins transactions no faster. One costs 8 ms of CPU time, 6 of
    them the broker's, whether it has 50 records or 500. After a pause a record waits for nothing.
    """
    max_due: int = 200
    """The most due rows in one batch: new records, and commits in flight, wait for these only."""
    max_joined: int = 1_000
    """While a transaction commits, batches join the next one until it has this many rows."""
    high_water: int = 30_000
    """Fetching from a partition pauses while more records than this are queued."""
    transaction_timeout: float = 30.0
    commit_timeout: float = 20.0
    """A commit that takes longer counts as failed."""
    close_timeout: float = 5.0
    """How long closing a producer may take."""
    clock_interval: float = 1.0
    """How often the worker reads the system clock."""
    clock_commit_interval: float = 5.0
    """How long an instant without due rows may stay uncommitted."""
    clock_warning: float = 30.0
    """How long a partition may hold up the clock before a warning; then one every minute."""
    session_timeout: float = 6.0
    heartbeat_interval: float = 0.3
    """A worker learns of a rebalance by its next heartbeat; the group waits for the last worker."""

    stall_timeout: float = 120.0
    """The worker ends if a partition with work makes no progress for this time."""

    outputs: tuple[str, ...] = ()
    """The handler's output topics besides the sources; co-partitioned with them."""
    max_message_bytes: Mapping[str, int] = field(default_factory=dict)
    """The largest produced batch of topics that accept less than the default."""
    security: KafkaSecurity = OPEN
    snapshots: Path | None = None
    """The folder of the partitions' snapshots; None: the worker writes none."""
    snapshot_interval: float = 60.0
    """The shortest time between two snapshots of a partition."""

    accepts_incomplete_changelog: bool = False
    """Continue with the remaining rows if a changelog lacks records; else the worker ends."""

    @property
    def topics(self) -> tuple[str, ...]:
        """All consumed topics."""
        return self.sources if self.clock_topic is None else (*self.sources, self.clock_topic)
