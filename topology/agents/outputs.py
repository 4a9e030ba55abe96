"""Transitions and triggers as records."""

from typing import Final

import msgspec

from schemas import topics
from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.batching.handler import Output

_ENCODE: Final = msgspec.json.Encoder().encode


def transition_output(key: bytes, transition: Transition, partition: int | None) -> Output:
    """The record of a transition."""
    return Output(topics.TRANSITIONS, key, _ENCODE(transition), (), partition)


def trigger_output(key: bytes, trigger: Trigger, partition: int | None) -> Output:
    """The record of a trigger, with the headers of CloudEvents 1.0 in binary mode."""
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", trigger.trigger_id.encode()),
        ("ce_source", b"/stammkunde"),
        ("ce_type", b"stammkunde.retention.trigger.v1"),
        ("ce_subject", key),
        ("ce_time", trigger.effective_at.isoformat().encode()),
        ("content-type", b"application/json"),
    )
    value = _ENCODE(trigger)
    return Output(topics.TRIGGERS, key, value, headers, partition)
