"""Records of transitions and triggers → what the read model keeps of them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from services.read_model.batch import HistoryBatch, HistoryEntry, Record, Unreadable
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.rules.emitted import NewTransition, NewTrigger

_TRANSITION: Final = Decoder(NewTransition)
_TRIGGER: Final = Decoder(NewTrigger)


class _Effective(Struct, frozen=True, gc=False):
    effective_at: datetime


_MOMENT: Final = Decoder(_Effective)


def read_transitions(partition: int, records: Iterable[Record]) -> HistoryBatch:
    """Read transitions, setting those aside that are none."""
    return _read(partition, records, _transition)


def read_triggers(partition: int, records: Iterable[Record]) -> HistoryBatch:
    """Read triggers, setting those aside that are none."""
    return _read(partition, records, _trigger)


def effective_at(body: bytes) -> Instant:
    """When a transition or trigger took effect that was read before."""
    return from_datetime(_MOMENT.decode(body).effective_at)


def _transition(record: Record) -> HistoryEntry:
    body = record.value or b""
    transition = _TRANSITION.decode(body)
    place = (record.offset, record.timestamp, body, from_datetime(transition.effective_at))
    return HistoryEntry(transition.customer_id, "", *place)


def _trigger(record: Record) -> HistoryEntry:
    body = record.value or b""
    trigger = _TRIGGER.decode(body)
    place = (record.offset, record.timestamp, body, from_datetime(trigger.effective_at))
    return HistoryEntry(trigger.customer_id, trigger.rule, *place)


def _read(
    partition: int, records: Iterable[Record], read: Callable[[Record], HistoryEntry]
) -> HistoryBatch:
    entries: list[HistoryEntry] = []
    unreadable: list[Unreadable] = []
    for record in records:
        try:
            entries.append(read(record))
        except DecodeError as error:
            unreadable.append(Unreadable(record.offset, type(error).__name__))
    return HistoryBatch(partition, entries, unreadable)
