"""Record: Kafka records in forms that cost a tenth of aiokafka's own.

aiokafka creates a dataclass with eleven fields for each record. This takes 4 µs, as long as
decoding the message in it, and the garbage collector tracks each of them, too.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from msgspec import Struct

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]
"""Names and values of a record's headers: Kafka knows values that are null."""


class Record(Struct, frozen=True, gc=False):
    """A Kafka record, with the field names of aiokafka's `ConsumerRecord`."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    """In milliseconds since 1970."""
    timestamp_type: int
    """0: the producer set the timestamp. 1: the broker did."""
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


Entry: TypeAlias = tuple[bytes | None, bytes | None]
"""Key and value of a record."""


def read_records(consumer: AIOKafkaConsumer) -> None:
    """Make a started consumer return `Record`s."""
    _prepare(consumer, _make_records)


def read_entries(consumer: AIOKafkaConsumer) -> None:
    """Make a started consumer return lists of `Entry`: one for each produced batch of records."""
    _prepare(consumer, _make_entries)


_Prepare: TypeAlias = Callable[[PartitionRecords], None]


def _prepare(consumer: AIOKafkaConsumer, prepare: _Prepare) -> None:
    fetcher = consumer._fetcher
    fetcher._records = _Fetched(prepare, fetcher._records)


class _Fetched(OrderedDict[TopicPartition, Any]):
    """aiokafka's fetch results by partition; prepares what creates their records."""

    def __init__(self, prepare: _Prepare, results: Mapping[TopicPartition, Any]) -> None:
        super().__init__()
        self._prepare = prepare
        for tp, result in results.items():
            self[tp] = result

    def __setitem__(self, tp: TopicPartition, result: Any) -> None:
        """Store a result. Its records are created when the consumer takes them."""
        if type(result) is FetchResult and result._partition_records is not None:
            self._prepare(result._partition_records)
        super().__setitem__(tp, result)


def _make_records(records: PartitionRecords) -> None:
    records._consumer_record = _record


def _record(tp: TopicPartition, read: Any) -> Record:
    return Record(
        topic=tp.topic,
        partition=tp.partition,
        offset=read.offset,
        timestamp=read.timestamp,
        timestamp_type=read.timestamp_type,
        key=read.key,
        value=read.value,
        headers=tuple(read.headers),
    )


class _Entries(NamedTuple):
    """What aiokafka takes for one record: all entries of a produced batch."""

    offset: int
    entries: list[Entry]


class _WholeBatch:
    """A produced batch that has one record for aiokafka: so that costs nothing for each entry.

    aiokafka still decides which batches it skips: those of aborted transactions, and markers.
    """

    def __init__(self, batch: Any, start: int) -> None:
        self._batch = batch
        self._start = start

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[_Entries]:
        batch, start = self._batch, self._start
        if batch.base_offset < start:
            entries = [(each.key, each.value) for each in batch if each.offset >= start]
        else:
            entries = [(each.key, each.value) for each in batch]
        yield _Entries(batch.next_offset - 1, entries)


class _WholeBatches:
    """The produced batches of a fetch, each a `_WholeBatch`. Earlier offsets are left out."""

    def __init__(self, batches: Any, start: int) -> None:
        self._batches = batches
        self._start = start

    def has_next(self) -> bool:
        """Return True if there is another batch."""
        return bool(self._batches.has_next())

    def next_batch(self) -> _WholeBatch:
        """Return the next batch."""
        return _WholeBatch(self._batches.next_batch(), self._start)


def _make_entries(records: PartitionRecords) -> None:
    records._records = _WholeBatches(records._records, records.next_fetch_offset)
    records._consumer_record = _entries


def _entries(_: TopicPartition, read: _Entries) -> list[Entry]:
    return read.entries
