"""The consumer that reads the projector's topics from Kafka."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from services.platform.kafka.clients import close_client, new_consumer
from services.platform.tasks import uninterrupted
from services.projector.broker_requests import ask_tombstone_retention_ms
from services.projector.sources import SourceNames, Sources
from topology.batching.aiokafka_workarounds import finish_connecting, start_without_leak
from topology.batching.record import Record, read_records
from topology.batching.security import OPEN, KafkaSecurity

CLIENT_ID: Final = "stammkunde-projector"
FETCH_WAIT_MS: Final = 25
"""A partition that was just read waits at most this long for the running fetch to end."""
ROUND: Final = 5_000
"""Records read before the projector reports again."""
LARGEST_FETCH: Final = 4 * 1024 * 1024


class Feed:
    """All partitions of the sources, assigned by hand: no group, read_committed.

    It raises KafkaError if a broker is away, and OffsetOutOfRangeError if Kafka has deleted the
    next records.
    """

    def __init__(self, kafka: str, names: SourceNames, security: KafkaSecurity = OPEN) -> None:
        self._names = names
        self._client = AIOKafkaClient(
            bootstrap_servers=kafka, client_id=CLIENT_ID, **security.options()
        )
        self._consumer = new_consumer(
            kafka,
            security,
            client_id=CLIENT_ID,
            auto_offset_reset="none",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=LARGEST_FETCH,
            metadata_max_age_ms=30_000,
        )

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            await start_without_leak(self._client)
            await start_without_leak(self._consumer)
            read_records(self._consumer)
        except BaseException:
            await uninterrupted(self._close())
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await uninterrupted(self._close())

    async def _close(self) -> None:
        # First: it must open no connection while the consumer closes.
        await finish_connecting(self._client)
        try:
            await close_client(self._consumer)
        finally:
            await self._client.close()

    async def sources(self) -> Sources:
        """Ask for the topics as they are now; raises TopicsMissingError."""
        return await Sources.ask(self._client, self._names)

    async def tombstones_kept_ms(self) -> int:
        """Ask how long Kafka keeps the tombstone of a removed row."""
        return await ask_tombstone_retention_ms(self._client, self._names.rows)

    async def assign(
        self, partitions: Sequence[TopicPartition], offsets: Mapping[TopicPartition, int]
    ) -> None:
        """Read these partitions from the given offsets, or from their beginning."""
        self._consumer.assign(list(partitions))
        unknown = [each for each in partitions if each not in offsets]
        beginnings = await self._consumer.beginning_offsets(unknown) if unknown else {}
        for partition in partitions:
            at = offsets[partition] if partition in offsets else beginnings[partition]
            self._consumer.seek(partition, at)

    def pause(self, topics: Collection[str]) -> None:
        """Read nothing of these topics for now."""
        paused = [each for each in self._consumer.assignment() if each.topic in topics]
        self._consumer.pause(*paused)

    def resume(self) -> None:
        """Read all topics again."""
        self._consumer.resume(*self._consumer.paused())

    async def next_round(self, wait_ms: int) -> dict[TopicPartition, list[Record]]:
        """Return the next records, or nothing if none came within `wait_ms`."""
        found: dict[TopicPartition, list[Record]] = await self._consumer.getmany(
            timeout_ms=wait_ms, max_records=ROUND
        )
        return found

    async def positions(self) -> dict[TopicPartition, int]:
        """Return the offset after the last record that was read, by partition."""
        return {each: await self._consumer.position(each) for each in self._consumer.assignment()}

    async def ends(self) -> dict[TopicPartition, int]:
        """Return where each partition ends for a reader of what is committed."""
        found: dict[TopicPartition, int] = await self._consumer.end_offsets(
            list(self._consumer.assignment())
        )
        return found

    async def beginnings(self) -> dict[TopicPartition, int]:
        """Return where each partition begins."""
        found: dict[TopicPartition, int] = await self._consumer.beginning_offsets(
            list(self._consumer.assignment())
        )
        return found
