"""Writer: one transaction for each batch of one partition."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, RecordMetadata
from faust.types import TP

from topology.batching.aiokafka_workarounds import (
    end_requests,
    look_at,
    look_at_batch,
    settle,
    start_wholly,
)
from topology.batching.completeness import note_place
from topology.batching.config import BatchConfig
from topology.batching.errors import CommitFailedError, FencedError
from topology.batching.handler import Changes, Output
from topology.batching.hops import Counts, add_counts

_log = structlog.get_logger(__name__)

_MAX_PRODUCE: Final = 900_000
"""Bytes in one produced batch: brokers take 1 MiB by default."""
_PLAIN: Final = 0
"""Kafka's number of no compression, for rows: they are small and full of digests, and the
compression that aiokafka offers costs more time than all the rest of writing them."""
_ZSTD: Final = 4
"""Kafka's number of Zstandard, for outputs: aiokafka compresses lz4 at level 9, which takes
four times as long and saves less."""

_Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value and headers."""


class TransactionalWriter:
    """The transactional producer of one partition. Opening it fences whoever had it before."""

    def __init__(self, config: BatchConfig, partition: int) -> None:
        self._config = config
        self._partition = partition
        self.rows_end = 0
        """The changelog has reached this offset at least, as far as is known."""
        self.handed_on: Counts = ()
        """What the partition has handed on in all transactions that are committed."""
        self._opened: AIOKafkaProducer | None = None

    @property
    def _producer(self) -> AIOKafkaProducer:
        if self._opened is None:
            msg = f"the writer of partition {self._partition} is not open"
            raise CommitFailedError(msg)
        return self._opened

    async def open(self) -> None:
        """Fence: abort what a predecessor left open. Only ever call this after an assignment."""
        config = self._config
        self._opened = AIOKafkaProducer(
            bootstrap_servers=config.bootstrap_servers,
            transactional_id=f"{config.app_id}-{self._partition}",
            transaction_timeout_ms=int(config.transaction_timeout * 1000),
            max_request_size=16 * 1024 * 1024,
            metadata_max_age_ms=60_000,
            **config.security.options(),
        )
        await start_wholly(self._opened)
        await self._opened.begin_transaction()
        await self._opened.abort_transaction()

    async def close(self) -> None:
        """Let go of the producer. One that does not end is left behind: the next one fences it."""
        if self._opened is None:
            return
        try:
            async with asyncio.timeout(self._config.close_timeout):
                await end_requests(self._opened)
                await settle(self._opened.client)
                await self._opened.stop()
        except TimeoutError:
            _log.warning("a producer does not end, leaving it behind", partition=self._partition)

    async def write(self, changes: Changes, offsets: Mapping[TP, int]) -> None:
        """Write all changes and the sources' offsets, or nothing.

        Raises:
            FencedError: another worker has opened this partition.
            CommitFailedError: the transaction did not come about.
        """
        try:
            async with asyncio.timeout(self._config.commit_timeout):
                await self._transaction(changes, offsets)
        except (KafkaError, IllegalOperation, AssertionError, TimeoutError) as error:
            # aiokafka says it in many ways when the producer has ended between two calls.
            fate = self._fate()
            if isinstance(error, ProducerFenced) or isinstance(fate, ProducerFenced):
                msg = f"partition {self._partition} belongs to another worker now"
                raise FencedError(msg) from error
            msg = f"a transaction of partition {self._partition} failed: {error!r}"
            raise CommitFailedError(msg) from error

    def _fate(self) -> BaseException | None:
        """What ended the producer for good: aiokafka may hide it behind a more general error.

        Asking also keeps asyncio from reporting it as an exception that nobody has looked at.
        """
        waiter = self._producer._txn_manager._transaction_waiter
        return waiter.exception() if waiter.done() else None

    async def _transaction(self, changes: Changes, offsets: Mapping[TP, int]) -> None:
        producer = self._producer
        await producer.begin_transaction()
        rows: Iterable[_Record] = ((key, row.value, []) for key, row in changes.rows.items())
        rows_sent = await self._send(self._config.changelog, self._partition, _PLAIN, rows)
        sent = list(rows_sent)
        for (topic, partition), outputs in self._by_partition(changes.outputs).items():
            records = ((each.key, each.value, list(each.headers)) for each in outputs)
            sent += await self._send(topic, partition, _ZSTD, records)
        if sent:
            await asyncio.gather(*sent)
        self.rows_end = max((one.result().offset + 1 for one in rows_sent), default=self.rows_end)
        handed_on = self.handed_on
        if changes.handed_on:
            handed_on = add_counts(handed_on, changes.handed_on)
        if offsets:
            note = note_place(self.rows_end, handed_on)
            places = {
                TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, note)
                for tp, offset in offsets.items()
            }
            await producer.send_offsets_to_transaction(places, self._config.app_id)
        await producer.commit_transaction()
        self.handed_on = handed_on

    def _by_partition(self, outputs: list[Output]) -> dict[tuple[str, int], list[Output]]:
        own, found = self._partition, dict[tuple[str, int], list[Output]]()
        for output in outputs:
            partition = own if output.partition is None else output.partition
            found.setdefault((output.topic, partition), []).append(output)
        return found

    async def _send(
        self, topic: str, partition: int, compression: int, records: Iterable[_Record]
    ) -> list[asyncio.Future[RecordMetadata]]:
        """Pack records into as few produced batches as they fit in."""
        sent: list[asyncio.Future[RecordMetadata]] = []
        builder = None
        for key, value, headers in records:
            if builder is None:
                builder = self._batch(topic, compression)
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                sent.append(await self._hand_over(builder, topic, partition))
                builder = self._batch(topic, compression)
                builder.append(timestamp=None, key=key, value=value, headers=headers)
        if builder is not None:
            sent.append(await self._hand_over(builder, topic, partition))
        return sent

    def _batch(self, topic: str, compression: int) -> BatchBuilder:
        """An empty batch. Its first record always fits in, however large it is."""
        room = min(_MAX_PRODUCE, int(0.9 * self._config.max_message_bytes.get(topic, _MAX_PRODUCE)))
        return BatchBuilder(room, compression, is_transactional=1)

    async def _hand_over(
        self, builder: BatchBuilder, topic: str, partition: int
    ) -> asyncio.Future[RecordMetadata]:
        sent: asyncio.Future[RecordMetadata] = await self._producer.send_batch(
            builder, topic, partition=partition
        )
        look_at_batch(self._producer, TopicPartition(topic, partition))
        sent.add_done_callback(look_at)  # If one batch fails, nobody waits for the others.
        return sent
