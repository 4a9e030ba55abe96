"""A compacted topic as a table: its last value by key, and changes as they come."""

import asyncio
from collections.abc import Mapping
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata
from structlog.typing import FilteringBoundLogger

from services.platform.breaker import Breaker, SilentError
from services.platform.compacted.faults import NotReadError, NotWrittenError
from services.platform.compacted.reader import Reader
from services.platform.compacted.view import NOTHING_READ, View
from services.platform.compacted.writer import Writer
from services.platform.faults import KafkaUnreachableError
from services.platform.run_until_first_exits import end
from topology.batching.security import OPEN, KafkaSecurity

READ_BACK_S: Final = 10.0


class CompactedTable:
    """An async context manager over a topic that anybody may write to.

    Entering it reads the topic to its end (read_committed), and follows it from then on. A topic
    that is not there yet is an empty table. If Kafka is away the table can be entered all the same:
    it says `stale`, keeps the last view, and goes on when Kafka is back. With a `breaker`, changes
    are refused at once while Kafka is silent.
    """

    def __init__(
        self,
        kafka: str,
        topic: str,
        *,
        log: FilteringBoundLogger,
        security: KafkaSecurity = OPEN,
        breaker: Breaker | None = None,
    ) -> None:
        self.topic = topic
        self._kafka = kafka
        self._breaker = breaker
        self._view = View()
        self._reader = Reader(kafka, topic, self._view, security=security, log=log)
        self._writer = Writer(kafka, topic, security)
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Read the whole topic, or find that Kafka is away."""
        self._reading = asyncio.create_task(self._reader.run())
        looked = asyncio.create_task(self._reader.looked.wait())
        try:
            await asyncio.wait({self._reading, looked}, return_when=asyncio.FIRST_COMPLETED)
            if self._reading.done():
                self._reading.result()
        except BaseException:
            await self._close()
            raise
        finally:
            looked.cancel()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of Kafka."""
        await self._close()

    async def _close(self) -> None:
        if self._reading is not None:
            await end([self._reading])
        await self._writer.close()

    @property
    def stale(self) -> bool:
        """True while Kafka is away, so that what others write is not seen."""
        return self._view.stale_because is not None

    @property
    def is_read(self) -> bool:
        """True once the topic has been read to its end."""
        return self._view.values is not None

    @property
    def version(self) -> int:
        """A number that grows whenever something changes."""
        return self._view.version

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None if there is none; raises NotReadError."""
        return self._values().get(key)

    def items(self) -> Mapping[str, bytes]:
        """Return all values by key, as they are now and stay; raises NotReadError."""
        return self._values()

    def _values(self) -> Mapping[str, bytes]:
        if self._reading is not None and self._reading.done():
            self._reading.result()  # A bug ended it: better to fail than to show what is old.
        if self._view.values is None:
            raise NotReadError(self.topic, self._view.stale_because or NOTHING_READ)
        return self._view.values

    async def wait_change(self, seen: int | None = None) -> int:
        """Wait until there is a newer version than `seen` (by default the present one).

        Returns:
            The version that there is then.
        """
        known = self.version if seen is None else seen
        while self.version == known:
            await self._view.next_change().wait()
        return self.version

    async def put(self, key: str, value: bytes) -> None:
        """Write a value, and return once this table has read it back.

        Raises:
            KafkaUnreachableError: nothing answers, and nothing was written.
            NotWrittenError: Kafka did not confirm it in time, or did not hand it back.
        """
        await self._change(key, value)

    async def delete(self, key: str) -> None:
        """Delete a key, if it is there; returns and raises like `put`."""
        await self._change(key, None)

    async def _change(self, key: str, value: bytes | None) -> None:
        if self._breaker is None:
            await self._write(key, value)
            return
        try:
            await self._breaker.call(lambda: self._write(key, value))
        except SilentError as silent:
            if silent.begun:
                raise NotWrittenError(self.topic, str(silent)) from None
            raise KafkaUnreachableError(self._kafka) from None

    async def _write(self, key: str, value: bytes | None) -> None:
        await self._read_back(await self._writer.write(key, value))

    async def _read_back(self, written: RecordMetadata) -> None:
        place = TopicPartition(written.topic, written.partition)
        try:
            async with asyncio.timeout(READ_BACK_S):
                while self._view.reached.get(place, 0) <= written.offset:
                    await self._view.next_change().wait()
        except TimeoutError:
            raise NotWrittenError(self.topic, "it was written, but not read back") from None
