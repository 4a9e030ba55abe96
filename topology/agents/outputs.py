"""Transitions and triggers as records."""

from typing import Final

import msgspec

from schemas import topics
from schemas.cloud_event import trigger_headers
from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.batching.handler import Output

_ENCODE: Final = msgspec.json.Encoder().encode


def transition_output(key: bytes, transition: Transition, partition: int | None) -> Output:
    """The record of a transition."""
    return Output(topics.TRANSITIONS, key, _ENCODE(transition), (), partition)


def trigger_output(key: bytes, trigger: Trigger, partition: int | None) -> Output:
    """The record of a trigger, with the headers of CloudEvents 1.0 in binary mode."""
    headers = trigger_headers(trigger.trigger_id, trigger.effective_at)
    value = _ENCODE(trigger)
    return Output(topics.TRIGGERS, key, value, headers, partition)
