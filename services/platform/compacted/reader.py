"""Reads a compacted topic to its end, follows it from there, and holds its last values."""

import asyncio
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Final, NoReturn

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from structlog.typing import FilteringBoundLogger

from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.topic_reader import next_records, positions, read_until
from services.platform.kafka.topics.existing import existing_topics
from services.platform.outage import Backoff, Outage
from topology.batching.security import KafkaSecurity

NOTHING_READ: Final = "reading it has only begun"
FETCH_WAIT_MS: Final = 100
ENDS_EVERY_S: Final = 0.5
"""How often the reader asks for the topic's ends, which also shows whether the topic exists."""
ENDS_TIMEOUT_S: Final = 3.0
MOST_RECORDS: Final = 1_000
"""Records that are applied to the view at once."""
LARGEST_FETCH: Final = 4 * 1024 * 1024


class TopicChangedError(Exception):
    """The topic was created again, or has more partitions: read it from its beginning."""


class View:
    """The last values by key. While Kafka is away the view is stale, but never half updated."""

    def __init__(self) -> None:
        self.values: Mapping[str, bytes] | None = None
        """None until the topic has been read to its end once."""
        self.reached: Mapping[TopicPartition, int] = {}
        """The offset after the last record in the view, by partition."""
        self.stale_because: str | None = NOTHING_READ
        self.version = 0
        self._next = asyncio.Event()

    def next_change(self) -> asyncio.Event:
        """Return an event for the next change of the view or of `reached`."""
        return self._next

    def replace(self, values: Mapping[str, bytes], reached: Mapping[TopicPartition, int]) -> None:
        """Replace all values by those of the whole topic."""
        is_new = self.values != values
        self.values, self.reached, self.stale_because = values, reached, None
        self._notify(is_new=is_new)

    def apply(
        self, records: Iterable[ConsumerRecord], reached: Mapping[TopicPartition, int]
    ) -> None:
        """Apply the records that came since."""
        values, some = dict(self.values or {}), list(records)
        apply_records(values, some)
        self.values, self.reached = values, reached
        self._notify(is_new=bool(some))

    def _notify(self, *, is_new: bool) -> None:
        self.version += is_new
        happened, self._next = self._next, asyncio.Event()
        happened.set()


def apply_records(values: MutableMapping[str, bytes], records: Iterable[ConsumerRecord]) -> None:
    """Apply records to the values, in order; a record without a value deletes its key."""
    for record in records:
        if record.key is None:
            continue
        key = record.key.decode(errors="replace")
        if record.value is None:
            values.pop(key, None)
        else:
            values[key] = record.value


class Reader:
    """Keeps a view in step with a topic."""

    def __init__(
        self,
        kafka: str,
        topic: str,
        view: View,
        *,
        security: KafkaSecurity,
        log: FilteringBoundLogger,
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._view = view
        self._security = security
        self._outage = Outage(log.bind(topic=topic), "table")
        self.has_tried = asyncio.Event()
        """Set once the topic has been read, or could not be read."""

    async def run(self) -> NoReturn:
        """Read and follow until cancelled. While Kafka is away the view stays as it was."""
        backoff = Backoff()
        while True:
            try:
                await self._read_and_follow(backoff)
            except TopicChangedError:
                self._away("the topic has changed")
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self._away(str(error) or type(error).__name__)
            await asyncio.sleep(backoff.pause_s())

    def _away(self, reason: str) -> None:
        self._outage.away(reason)
        self._view.stale_because = reason
        self.has_tried.set()

    def _here(self) -> None:
        self._outage.back()
        self._view.stale_because = None
        self.has_tried.set()

    async def _read_and_follow(self, backoff: Backoff) -> None:
        partitions = await self._partitions()
        if not partitions:
            await self._without_topic()
            return
        async with connected_consumer(
            self._kafka,
            self._security,
            auto_offset_reset="none",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=LARGEST_FETCH,
            metadata_max_age_ms=30_000,
        ) as consumer:
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            self._view.replace(*await self._read_whole(consumer, partitions))
            self._here()
            backoff.reset()
            await self._follow(consumer, len(partitions))

    async def _partitions(self) -> list[TopicPartition]:
        async with connected_admin(self._kafka, self._security) as admin:
            found = (await existing_topics(admin, [self._topic])).get(self._topic)
        if found is None:
            return []
        if not found.usable:
            msg = f"no broker leads each partition of {self._topic} yet"
            raise FaultError(msg)
        return [TopicPartition(self._topic, number) for number in range(found.partitions)]

    async def _without_topic(self) -> None:
        """Show an empty table while nobody has created the topic."""
        if self._view.values:
            msg = f"the topic {self._topic} is gone"
            raise FaultError(msg)
        if self._view.values is None:
            self._view.replace({}, {})
        self._here()

    async def _read_whole(
        self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]
    ) -> tuple[Mapping[str, bytes], Mapping[TopicPartition, int]]:
        values: dict[str, bytes] = {}
        ends = await _ends(consumer, partitions)
        async for records in read_until(consumer, ends, wait_ms=FETCH_WAIT_MS, most=MOST_RECORDS):
            if not records:
                await _ends(consumer, partitions)  # It raises if Kafka has gone.
            apply_records(values, records)
        return values, await positions(consumer, partitions)

    async def _follow(self, consumer: AIOKafkaConsumer, partitions: int) -> NoReturn:
        places = list(consumer.assignment())
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while True:
            records = await next_records(consumer, FETCH_WAIT_MS, MOST_RECORDS)
            reached = await positions(consumer, places)
            if reached != self._view.reached:
                self._view.apply(records, reached)
            if clock() - asked_at < ENDS_EVERY_S:
                continue
            ends = await _ends(consumer, places)
            if any(ends[each] < reached[each] for each in places) or (
                len(consumer.partitions_for_topic(self._topic) or ()) > partitions
            ):
                raise TopicChangedError
            asked_at = clock()


async def _ends(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition]
) -> Mapping[TopicPartition, int]:
    async with asyncio.timeout(ENDS_TIMEOUT_S):
        found: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
    return found
