"""Translates Segment's calls into messages of the contract, and fills in what a sender left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.messages.reading import Json, UnreadableTimeError, set_time
from schemas.messages.reading.ids import set_message_id
from schemas.messages.reading.message import spell


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is the same for all messages of a request."""

    received_at: datetime
    new_id: Callable[[], str]
    """Makes the id of a message that has none."""
    sent_at: datetime | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    validated_at: datetime | None = None
    """If not when it is received: of a message that is tried again."""


def translate(said: Json, kind: str, arrival: Arrival, pass_over: Callable[[str], object]) -> Json:
    """Return a message of the contract: `said`, as the call `kind`.

    A field that is null is as good as none. The write key, which some libraries put into the
    message, does not go along. What else is to be read, the worker's decoder reads.
    """
    message = {name: value for name, value in said.items() if value is not None}
    message.pop("writeKey", None)
    message["type"] = kind
    _set_context(message, arrival.context)
    spell(message)
    _set_time(message, arrival, pass_over)
    set_message_id(message, pass_over)
    if "messageId" not in message:
        message["messageId"] = arrival.new_id()
    return message


def _set_context(message: Json, common: Mapping[str, Any]) -> None:
    own = message.get("context", {})
    if isinstance(own, dict) and common:
        message["context"] = {**common, **own}


def _set_time(message: Json, arrival: Arrival, pass_over: Callable[[str], object]) -> None:
    """By our clock; a time that can't be read stays, for whoever refuses it."""
    if arrival.sent_at is not None:
        message["sentAt"] = arrival.sent_at.isoformat()
    try:
        set_time(message, arrival.received_at, pass_over)
    except UnreadableTimeError:
        return
    if "timestamp" in message:
        message.setdefault("receivedAt", arrival.received_at.isoformat())
