"""A compacted topic as a table: the last value of each key, and changes as they come."""

import asyncio
from collections.abc import Mapping
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata
from structlog.typing import FilteringBoundLogger

from services.platform.breaker import Breaker, SilentError
from services.platform.compacted.reader import NOTHING_READ, Reader, View
from services.platform.compacted.writer import Writer
from services.platform.faults import KafkaUnreachableError, NotReadError, NotWrittenError
from services.platform.tasks import end
from topology.batching.security import OPEN, KafkaSecurity

READ_BACK_S: Final = 10.0


class CompactedTable:
    """An async context manager over a topic that anybody may write to.

    Entering it reads the topic to its end (read_committed), and follows it from then on. A missing
    topic is an empty table. The table can also be entered while Kafka is away: it is `stale`, keeps
    the last view, and goes on when Kafka is back. With a `breaker` the table refuses changes at
    once while Kafka is silent.
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
        """Return once the whole topic has been read, or Kafka is known to be away."""
        self._reading = asyncio.create_task(self._reader.run())
        tried = asyncio.create_task(self._reader.has_tried.wait())
        try:
            await asyncio.wait({self._reading, tried}, return_when=asyncio.FIRST_COMPLETED)
            if self._reading.done():
                self._reading.result()
        except BaseException:
            await self._close()
            raise
        finally:
            tried.cancel()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop reading, and close the connections."""
        await self._close()

    async def _close(self) -> None:
        if self._reading is not None:
            await end([self._reading])
        await self._writer.close()

    @property
    def stale(self) -> bool:
        """Whether Kafka is away, so that the table lacks what others write."""
        return self._view.stale_because is not None

    @property
    def is_read(self) -> bool:
        """Whether the topic has been read to its end once."""
        return self._view.values is not None

    @property
    def version(self) -> int:
        """A number that grows whenever something changes."""
        return self._view.version

    @property
    def reached(self) -> Mapping[TopicPartition, int]:
        """The offset up to which each partition of the topic has been read."""
        return self._view.reached

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None if there is none; raises NotReadError."""
        return self._values().get(key)

    def items(self) -> Mapping[str, bytes]:
        """Return a snapshot of all values by key; raises NotReadError."""
        return self._values()

    def _values(self) -> Mapping[str, bytes]:
        if self._reading is not None and self._reading.done():
            self._reading.result()  # A bug ended it: fail rather than return old values.
        if self._view.values is None:
            raise NotReadError(self.topic, self._view.stale_because or NOTHING_READ)
        return self._view.values

    async def wait_change(self, seen: int | None = None) -> int:
        """Wait for a newer version than `seen`, by default the present one, and return it."""
        known = self.version if seen is None else seen
        while self.version == known:
            await self._view.next_change().wait()
        return self.version

    async def put(self, key: str, value: bytes) -> None:
        """Write a value, and return once this table has read it back.

        Raises:
            KafkaUnreachableError: no broker answers, and nothing was written.
            NotWrittenError: Kafka did not confirm the record in time, or did not return it.
        """
        await self._change(key, value)

    async def delete(self, key: str) -> None:
        """Delete a key, if there is one; returns and raises like `put`."""
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
