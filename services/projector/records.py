"""Kafka's records → batches of the read model. Records that can't be read are set aside."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from msgspec import DecodeError
from msgspec.json import Decoder

from services.read_model.batches import (
    ErasureTombstone,
    HeldBatch,
    HeldRecord,
    OutputBatch,
    OutputRecord,
    RowBatch,
    RowChange,
    Unreadable,
)
from services.read_model.rows import StoredRow, groups_of
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.rows.erased import ErasedError, decode_erased, is_tombstone
from topology.domain.rows.row import RowError
from topology.domain.rules.emitted import NewHeldTrigger, NewTransition, NewTrigger

T = TypeVar("T")

_CLOCK_WIDTH: Final = 8
_TRANSITION: Final = Decoder(NewTransition)
_TRIGGER: Final = Decoder(NewTrigger)
_HELD: Final = Decoder(NewHeldTrigger)


class Record(Protocol):
    """A record as Kafka's consumer gives it."""

    @property
    def key(self) -> bytes | None:
        """The key."""

    @property
    def value(self) -> bytes | None:
        """The value, None for a removed row."""

    @property
    def offset(self) -> int:
        """The offset in the partition."""

    @property
    def timestamp(self) -> int:
        """When the broker appended the record, in milliseconds."""


def read_rows(partition: int, records: Iterable[Record]) -> RowBatch:
    """Read records of the changelog. Of each profile only the last row counts."""
    last: dict[bytes | None, Record] = {record.key: record for record in records}
    clock, unreadable = _take_clock(last.pop(CLOCK_KEY, None))
    tombstones, unreadable_tombstones = _take_tombstones(last)
    unreadable += unreadable_tombstones
    rows: list[RowChange] = []
    for key, record in last.items():
        try:
            rows.append(_row_change(partition, key, record.value))
        except (RowError, ValueError) as error:
            reason = str(error) if isinstance(error, RowError) else type(error).__name__
            unreadable.append(Unreadable(record.offset, reason))
    return RowBatch(partition, rows, clock, unreadable, tombstones)


def _take_clock(record: Record | None) -> tuple[Instant | None, list[Unreadable]]:
    if record is None or record.value is None:
        return None, []  # A partition that has no clock yet may say so.
    if len(record.value) != _CLOCK_WIDTH:
        return None, [Unreadable(record.offset, "a clock of the wrong length")]
    return decode_clock(record.value), []


def _take_tombstones(
    last: dict[bytes | None, Record],
) -> tuple[list[ErasureTombstone], list[Unreadable]]:
    tombstones: list[ErasureTombstone] = []
    unreadable: list[Unreadable] = []
    for key in [each for each in last if each is not None and is_tombstone(each)]:
        record = last.pop(key)
        try:
            entry = decode_erased(record.value or b"")
        except ErasedError as error:
            unreadable.append(Unreadable(record.offset, str(error)))
        else:
            tombstones.append(ErasureTombstone(key, entry.as_of, entry.salt))
    return tombstones, unreadable


def _row_change(partition: int, key: bytes | None, value: bytes | None) -> RowChange:
    if not key:
        msg = "a row without a key"
        raise ValueError(msg)
    key.decode()
    if value is None:
        return RowChange(key, b"", "")
    return RowChange(key, StoredRow(partition, value).to_bytes(), groups_of(value))


def read_transitions(partition: int, records: Iterable[Record]) -> OutputBatch:
    """Read records of the topic of transitions."""
    return OutputBatch(partition, *_readable(records, _transition))


def read_triggers(partition: int, records: Iterable[Record]) -> OutputBatch:
    """Read records of the topic of triggers."""
    return OutputBatch(partition, *_readable(records, _trigger))


def read_held(partition: int, records: Iterable[Record]) -> HeldBatch:
    """Read records of the topic of held triggers."""
    return HeldBatch(partition, *_readable(records, _held))


def _readable(
    records: Iterable[Record], read: Callable[[Record], T]
) -> tuple[list[T], list[Unreadable]]:
    """Read the records; those that can't be read come apart, with the reason."""
    found: list[T] = []
    unreadable: list[Unreadable] = []
    for record in records:
        try:
            found.append(read(record))
        except DecodeError as error:
            unreadable.append(Unreadable(record.offset, type(error).__name__))
    return found, unreadable


def _transition(record: Record) -> OutputRecord:
    body = record.value or b""
    transition = _TRANSITION.decode(body)
    return OutputRecord(
        customer_id=transition.customer_id,
        rule="",
        offset=record.offset,
        appended_ms=record.timestamp,
        body=body,
        effective_at=from_datetime(transition.effective_at),
    )


def _trigger(record: Record) -> OutputRecord:
    body = record.value or b""
    trigger = _TRIGGER.decode(body)
    return OutputRecord(
        customer_id=trigger.customer_id,
        rule=trigger.rule,
        offset=record.offset,
        appended_ms=record.timestamp,
        body=body,
        effective_at=from_datetime(trigger.effective_at),
    )


def _held(record: Record) -> HeldRecord:
    body = record.value or b""
    held = _HELD.decode(body)
    return HeldRecord(
        trigger_id=held.trigger_id,
        customer_id=held.customer_id,
        rule=held.rule,
        reason=held.reason,
        status=held.status,
        offset=record.offset,
        appended_ms=record.timestamp,
        body=body,
        effective_at=from_datetime(held.effective_at),
    )
