"""Records of transitions and triggers → what the read model keeps of them."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import DecodeError
from msgspec.json import Decoder

from services.projector.batch import HistoryBatch, HistoryEntry, Record, Unreadable
from topology.domain.emitted import NewTransition, NewTrigger

_TRANSITION: Final = Decoder(NewTransition)
_TRIGGER: Final = Decoder(NewTrigger)


def read_transitions(partition: int, records: Iterable[Record]) -> HistoryBatch:
    """Read transitions, setting those aside that are none."""
    return _read(partition, records, _transition)


def read_triggers(partition: int, records: Iterable[Record]) -> HistoryBatch:
    """Read triggers, setting those aside that are none."""
    return _read(partition, records, _trigger)


def _transition(record: Record) -> HistoryEntry:
    body = record.value or b""
    transition = _TRANSITION.decode(body)
    return HistoryEntry(transition.customer_id, "", record.offset, record.timestamp, body)


def _trigger(record: Record) -> HistoryEntry:
    body = record.value or b""
    trigger = _TRIGGER.decode(body)
    return HistoryEntry(trigger.customer_id, trigger.rule, record.offset, record.timestamp, body)


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
