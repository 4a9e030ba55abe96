"""Reads the triggers that were really sent, from the archive's files and from Kafka."""

from typing import Final

from msgspec import Struct, json

from services.platform.settings import Settings
from services.trials.history import History, reading_history
from services.trials.proof import SentTrigger, SentTriggers
from topology.batching.record import Record


class _Trigger(Struct, gc=False):
    """The part of a trigger that the proof needs."""

    trigger_id: str
    policy_version: str


_decode: Final = json.Decoder(_Trigger).decode


def sent_triggers(kafka: str, settings: Settings, history: History) -> SentTriggers:
    """Read the triggers that were really sent; if files are used, without those of erased people.

    Raises:
        FaultError: Kafka is away, or deletes them meanwhile, or the archive has changed.
    """
    with reading_history(kafka, settings, history, history.kafka.triggers) as partitions:
        found = [_sent(record) for records in partitions for record in records]
    return SentTriggers(found, history.has_all_triggers)


def _sent(record: Record) -> SentTrigger:
    trigger = _decode(record.value or b"")
    return SentTrigger(trigger.trigger_id, record.timestamp * 1_000, trigger.policy_version)
