"""The settings of the batching."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from topology.batching.security import OPEN, KafkaSecurity


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """What the batching needs to know. Times are in seconds."""

    app_id: str
    """The consumer group, and the beginning of every transactional id."""
    bootstrap_servers: str
    sources: tuple[str, ...]
    """Topics with events, co-partitioned."""
    changelog: str
    """The compacted topic of the rows, co-partitioned with the sources."""
    partitions: int
    """How many partitions each topic has."""
    clock_topic: str | None = None
    """A topic of ticks, co-partitioned with the sources; None for the machine's clock."""
    max_batch: int = 10_000
    """Records in one transaction."""
    batch_time: float = 0.6
    """How long one batch may be worked on: what is left of it then waits for another transaction.

    The event loop stands still for so long, and for as long as the last record takes: for less than
    a second. A row is read and written once for all that a batch has of it, so shorter batches cost
    more: with 0.25 s a worker took a quarter fewer events of customers who come again and again.
    """
    max_due: int = 1_000
    """Due rows in one transaction: new records wait for no more than these."""
    high_water: int = 30_000
    """Records that may wait in a partition before fetching pauses there."""
    transaction_timeout: float = 30.0
    commit_timeout: float = 20.0
    """A commit that takes longer has failed."""
    close_timeout: float = 5.0
    """How long a producer that is given up may take to end."""
    clock_interval: float = 1.0
    """How often the machine's clock is read."""
    clock_commit_interval: float = 5.0
    """How long an instant at which nothing fell due may stay unwritten."""
    clock_warning: float = 30.0
    """How long a partition may hold the clock up before a report; the next follows every minute."""
    session_timeout: float = 6.0
    heartbeat_interval: float = 0.3
    """How soon a worker notices that the group rebalances: all of them wait for the last one."""

    stall_timeout: float = 120.0
    """How long a partition may have work and make no progress before the worker ends."""

    outputs: tuple[str, ...] = ()
    """Topics that handlers write to, beside the sources; co-partitioned with them."""
    max_message_bytes: Mapping[str, int] = field(default_factory=dict)
    """How large a produced batch each topic takes, where it is less than usual."""
    security: KafkaSecurity = OPEN
    accepts_incomplete_changelog: bool = False
    """Go on with the rows that are left if a changelog lacks records, rather than end."""

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics that are consumed."""
        return self.sources if self.clock_topic is None else (*self.sources, self.clock_topic)
