"""Sandbox: the topics of one test with unique names, and the application that works on them."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4
from zlib import crc32

from tests.topology.batching.counting import Counting, Event, Tally, Verdict
from tests.topology.batching.kafka import Log, Sent, create_topics, send
from tests.waits import LONGEST_WAIT_S
from topology.batching.app import BatchApp
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.batching.config import BatchConfig
from topology.batching.handlers import OneHandler


@dataclass(frozen=True)
class Sandbox:
    """Topics, and the counting application that works on them."""

    config: BatchConfig
    handler: Counting
    partitions: int
    data_dir: Path

    @classmethod
    async def open(
        cls,
        servers: str,
        data_dir: Path,
        *,
        partitions: int = 2,
        sources: int = 2,
        clock: bool = False,
        due_after: int = 0,
        echo: bool = False,
        cleanup_policy: str = "compact",
        **settings: Any,
    ) -> "Sandbox":
        """Create the topics. `settings` are those of the batching."""
        name = f"batching-{uuid4().hex[:8]}"
        config = BatchConfig(
            app_id=name,
            bootstrap_servers=servers,
            sources=tuple(f"{name}.source-{number}" for number in range(sources)),
            changelog=f"{name}.changelog",
            outputs=(f"{name}.out",),
            partitions=partitions,
            clock_topic=f"{name}.clock" if clock else None,
            **{
                "clock_interval": 0.1,
                "session_timeout": 3.0,
                "heartbeat_interval": 0.3,
                **settings,
            },
        )
        handler = Counting(f"{name}.out", due_after, echo)
        await create_topics(servers, [*config.topics, handler.out], partitions)
        await create_topics(servers, [config.changelog], partitions, cleanup_policy=cleanup_policy)
        return cls(config, handler, partitions, data_dir)

    @property
    def servers(self) -> str:
        return self.config.bootstrap_servers

    def app(self, time: Callable[[], float] = time, worker: str = "one") -> BatchApp:
        """Build a worker. Call it in a running event loop."""
        app = BatchApp(
            self.config,
            OneHandler(self.handler),
            time,
            datadir=str(self.data_dir / worker),
            consumer_group_instance_id=worker,
        )
        app.partitioned_table("rows")
        return app

    @asynccontextmanager
    async def running(
        self, time: Callable[[], float] = time, worker: str = "one"
    ) -> AsyncIterator[BatchApp]:
        """Run a worker in this process."""
        app = self.app(time, worker)
        await app.start()
        try:
            yield app
        finally:
            await app.stop()

    def place(self, key: bytes) -> int:
        """Return the partition of a key."""
        return crc32(key) % self.partitions

    def clocks(self, at: int) -> dict[int, int]:
        """Return the clocks of all partitions, each at this instant."""
        return dict.fromkeys(range(self.partitions), at)

    def records(self, events: Iterable[Event]) -> list[Sent]:
        """Return events as records. All events of a key are in the same source."""
        return [self._record(event) for event in events]

    def _record(self, event: Event) -> Sent:
        sources = self.config.sources
        first, *further = event.route or (self.place(event.key),)
        value = event._replace(route=tuple(further)).value
        return Sent(sources[crc32(b"source" + event.key) % len(sources)], first, event.key, value)

    async def feed(self, events: Iterable[Event]) -> None:
        await send(self.servers, self.records(events))

    def ticks(self, *values: int | bytes) -> list[Sent]:
        """Return each value as a tick for every partition."""
        topic = self.config.clock_topic
        assert topic is not None
        texts = [b"%d" % value if isinstance(value, int) else value for value in values]
        return [
            Sent(topic, number, None, text) for text in texts for number in range(self.partitions)
        ]

    async def tick(self, *values: int | bytes) -> None:
        await send(self.servers, self.ticks(*values))

    @asynccontextmanager
    async def outputs(self) -> AsyncIterator[Log]:
        async with Log.open(self.servers, self.handler.out, self.partitions) as log:
            yield log

    @asynccontextmanager
    async def changelog(self) -> AsyncIterator[Log]:
        async with Log.open(self.servers, self.config.changelog, self.partitions) as log:
            yield log

    async def until_counted(self, events: int, timeout: float = LONGEST_WAIT_S) -> None:
        """Wait until the committed rows have counted this number of events."""
        async with self.changelog() as log:
            await log.until(lambda log: counted(log) >= events, f"{events} events counted", timeout)

    async def verdict(self) -> Verdict:
        """Read the rows and outputs that are committed now."""
        async with self.changelog() as changelog, self.outputs() as outputs:
            await changelog.to_last_end()
            await outputs.to_last_end()
            return Verdict(rows_in(changelog), Counter(values_in(outputs)))


def rows_in(changelog: Log) -> dict[bytes, Tally]:
    """Return the rows in a changelog."""
    rows: dict[bytes, bytes] = {}
    for record in changelog.records:
        if record.value is None:
            rows.pop(record.key, None)
        elif record.key != CLOCK_KEY:
            rows[record.key] = record.value
    return {key: Tally.decode(value) for key, value in rows.items()}


def clocks_in(changelog: Log) -> dict[int, int]:
    """Return the clock of each partition that has one."""
    return {
        record.partition: decode_clock(record.value)
        for record in changelog.records
        if record.key == CLOCK_KEY and record.value is not None
    }


def counted(changelog: Log) -> int:
    """Return the number of events that the rows have counted."""
    return sum(tally.count for tally in rows_in(changelog).values())


def values_in(outputs: Log) -> list[tuple[bytes, bytes]]:
    """Return the key and the value of each output."""
    return [(record.key, record.value) for record in outputs.records]


async def until_progress(changelog: Log) -> None:
    """Wait until the rows have counted more events than now."""
    before = counted(await changelog.to_end())
    await changelog.until(lambda log: counted(log) > before, f"more than {before} events counted")
