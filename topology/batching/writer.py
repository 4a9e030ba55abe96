"""Writer: the transactional producer of a partition; one transaction for each batch."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, RecordMetadata
from faust.types import TP

from topology.batching.aiokafka_workarounds import (
    add_to_transaction,
    begin_soon_after_commit,
    cancel_requests,
    consume_batch_exception,
    consume_exception,
    fatal_error_of,
    finish_connecting,
    start_without_leak,
)
from topology.batching.completeness import encode_note
from topology.batching.config import BatchConfig
from topology.batching.errors import CommitFailedError, FencedError, UnknownOutputError
from topology.batching.handler import Changes, Output
from topology.batching.hops import Counts, add_counts
from topology.batching.lost_markers import MarkerTracker, Span, writable_partitions

_log = structlog.get_logger(__name__)

_MAX_PRODUCE: Final = 900_000
"""Bytes in one produced batch: brokers accept 1 MiB by default."""
_UNCOMPRESSED: Final = 0
"""Kafka's number for no compression, used for rows: they are small and full of digests, and
compression in aiokafka takes longer than the rest of writing them."""
_ZSTD: Final = 4
"""Kafka's number for Zstandard, used for outputs: aiokafka compresses lz4 at level 9, which takes
four times as long and saves less."""

_Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value and headers."""


class _Sent(NamedTuple):
    """A produced batch in flight: its number of records, and the broker's future answer."""

    tp: TP
    records: int
    metadata: asyncio.Future[RecordMetadata]


class TransactionalWriter:
    """The transactional producer of one partition. Opening it fences the previous owner."""

    def __init__(self, config: BatchConfig, partition: int) -> None:
        self._config = config
        self._partition = partition
        self.changelog_end = 0
        """A known lower bound of the changelog's end offset."""
        self.handed_on: Counts = ()
        """The counts of records handed on by all committed transactions of the partition."""
        self._opened: AIOKafkaProducer | None = None
        self._markers = MarkerTracker()
        self._offsets: Mapping[TP, int] = {}
        """The source offsets that were written last."""

    @property
    def _producer(self) -> AIOKafkaProducer:
        if self._opened is None:
            msg = f"the writer of partition {self._partition} is not open"
            raise CommitFailedError(msg)
        return self._opened

    async def open(self) -> None:
        """Fence the previous owner, and abort its open transaction. Call it only when assigned."""
        config = self._config
        self._opened = AIOKafkaProducer(
            bootstrap_servers=config.bootstrap_servers,
            transactional_id=f"{config.app_id}-{self._partition}",
            transaction_timeout_ms=int(config.transaction_timeout * 1000),
            max_request_size=16 * 1024 * 1024,
            metadata_max_age_ms=60_000,
            **config.security.options(),
        )
        await start_without_leak(self._opened)
        begin_soon_after_commit(self._opened)
        await self._opened.begin_transaction()
        await self._opened.abort_transaction()

    async def close(self) -> None:
        """Close the producer. After a timeout abandon it: the next owner's producer fences it."""
        if self._opened is None:
            return
        try:
            async with asyncio.timeout(self._config.close_timeout):
                await cancel_requests(self._opened)
                await finish_connecting(self._opened.client)
                await self._opened.stop()
        except TimeoutError:
            _log.warning(
                "a producer did not close in time, abandoning it", partition=self._partition
            )

    async def write(self, changes: Changes, offsets: Mapping[TP, int]) -> None:
        """Write all changes and the source offsets in one transaction.

        Raises:
            FencedError: another worker has opened this partition.
            CommitFailedError: the transaction failed.
        """
        await self._guard(self._transaction(changes, offsets))

    async def write_missing_markers(self, offsets: Mapping[TP, int], *, committed: bool) -> None:
        """Write the missing markers of an earlier transaction of this partition: see decision 34.

        It returns once the markers are in the logs. If not `committed`, the markers abort the
        transaction. Then it also sends `offsets`, of all sources, so that the offsets topic gets a
        marker, too; the abort discards them.

        Raises:
            FencedError: another worker has opened this partition.
            CommitFailedError: the transaction failed.
        """
        await self._guard(self._write_missing_markers(offsets, committed=committed))

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        try:
            async with asyncio.timeout(self._config.commit_timeout):
                await work
        except (KafkaError, IllegalOperation, AssertionError, TimeoutError) as error:
            # aiokafka raises different errors if the producer has failed between two calls.
            fatal = fatal_error_of(self._producer)
            if isinstance(error, ProducerFenced) or isinstance(fatal, ProducerFenced):
                msg = f"partition {self._partition} belongs to another worker now"
                raise FencedError(msg) from error
            msg = f"a transaction of partition {self._partition} failed: {error!r}"
            raise CommitFailedError(msg) from error

    async def _transaction(self, changes: Changes, offsets: Mapping[TP, int]) -> None:
        producer = self._producer
        await producer.begin_transaction()
        rows: Iterable[_Record] = ((key, row.value, []) for key, row in changes.rows.items())
        rows_at = TP(self._config.changelog, self._partition)
        sent = await self._send(rows_at, _UNCOMPRESSED, rows)
        for tp, outputs in self._by_partition(changes.outputs).items():
            records = ((each.key, each.value, list(each.headers)) for each in outputs)
            sent += await self._send(tp, _ZSTD, records)
        if sent:
            await asyncio.gather(*(each.metadata for each in sent))
        spans = _spans(sent)
        offsets = self._end_earlier_transactions(spans, offsets)
        if rows_at in spans:
            self.changelog_end = spans[rows_at].end
        handed_on = self.handed_on
        if changes.handed_on:
            handed_on = add_counts(handed_on, changes.handed_on)
        if offsets:
            await self._send_offsets(offsets, encode_note(self.changelog_end, handed_on))
            self._offsets = offsets
        await producer.commit_transaction()
        self._markers.record(spans)
        self.handed_on = handed_on

    async def _send_offsets(self, offsets: Mapping[TP, int], note: str) -> None:
        partitions = {
            TopicPartition(tp.topic, tp.partition): OffsetAndMetadata(offset, note)
            for tp, offset in offsets.items()
        }
        await self._producer.send_offsets_to_transaction(partitions, self._config.app_id)

    def _end_earlier_transactions(
        self, spans: Mapping[TP, Span], offsets: Mapping[TP, int]
    ) -> Mapping[TP, int]:
        """Add the partitions of an earlier transaction whose markers the broker has lost.

        The markers of this transaction then end the earlier one, too.

        Returns:
            The offsets to write, including those of the earlier transaction: its marker in the
            offsets topic may also be lost.
        """
        lost = self._markers.missing_before(spans)
        if not lost:
            return offsets
        partitions = [f"{each.topic}-{each.partition}" for each in sorted(lost)]
        _log.warning(
            "the broker lost markers of an earlier transaction, ending it with this one",
            partitions=partitions,
        )
        for each in lost - spans.keys():
            add_to_transaction(self._producer, TopicPartition(each.topic, each.partition))
        return {**self._offsets, **offsets}

    async def _write_missing_markers(self, offsets: Mapping[TP, int], *, committed: bool) -> None:
        producer = self._producer
        await producer.begin_transaction()
        for each in writable_partitions(self._config, self._partition):
            add_to_transaction(producer, TopicPartition(each.topic, each.partition))
        if committed:
            await producer.commit_transaction()
        else:
            await self._send_offsets(offsets, "")
            await producer.abort_transaction()
        # The broker answers before it writes the markers, but opens no transaction before them.
        await producer.begin_transaction()
        add_to_transaction(producer, TopicPartition(self._config.changelog, self._partition))
        await producer.abort_transaction()

    def _by_partition(self, outputs: list[Output]) -> dict[TP, list[Output]]:
        own, config, found = self._partition, self._config, dict[TP, list[Output]]()
        for output in outputs:
            partition = own if output.partition is None else output.partition
            found.setdefault(TP(output.topic, partition), []).append(output)
        unknown = {each.topic for each in found}.difference(config.sources, config.outputs)
        if unknown:
            msg = f"the settings list no such outputs: {', '.join(sorted(unknown))}"
            raise UnknownOutputError(msg)
        return found

    async def _send(self, tp: TP, compression: int, records: Iterable[_Record]) -> list[_Sent]:
        """Send records in as few produced batches as possible."""
        sent: list[_Sent] = []
        builder = None
        for key, value, headers in records:
            if builder is None:
                builder = self._batch(tp.topic, compression)
            if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
                sent.append(await self._send_batch(builder, tp))
                builder = self._batch(tp.topic, compression)
                builder.append(timestamp=None, key=key, value=value, headers=headers)
        if builder is not None:
            sent.append(await self._send_batch(builder, tp))
        return sent

    def _batch(self, topic: str, compression: int) -> BatchBuilder:
        """Return an empty batch. Its first record always fits, however large it is."""
        room = min(_MAX_PRODUCE, int(0.9 * self._config.max_message_bytes.get(topic, _MAX_PRODUCE)))
        return BatchBuilder(room, compression, is_transactional=1)

    async def _send_batch(self, builder: BatchBuilder, tp: TP) -> _Sent:
        metadata: asyncio.Future[RecordMetadata] = await self._producer.send_batch(
            builder, tp.topic, partition=tp.partition
        )
        consume_batch_exception(self._producer, TopicPartition(tp.topic, tp.partition))
        metadata.add_done_callback(consume_exception)  # If one batch fails, nobody awaits the rest.
        return _Sent(tp, builder.record_count(), metadata)


def _spans(sent: Iterable[_Sent]) -> dict[TP, Span]:
    """The offsets of a transaction's records, after the broker has acknowledged all of them."""
    spans: dict[TP, Span] = {}
    for tp, records, metadata in sent:
        first = metadata.result().offset
        if first < 0:
            continue  # A duplicate whose offset the broker no longer knows.
        start = spans[tp].start if tp in spans else first
        spans[tp] = Span(start, first + records)
    return spans
