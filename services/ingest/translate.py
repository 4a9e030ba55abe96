"""Translates Segment's calls into messages of the contract, and fills in what a sender left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from schemas.messages import names
from services.ingest.skew import corrected, moment

Json = dict[str, Any]

_VIEWED: Final[Mapping[str, str]] = MappingProxyType(
    {"page": names.PAGE_VIEWED, "screen": names.SCREEN_VIEWED}
)
_CHANNELS: Final[Mapping[object, str | None]] = MappingProxyType(
    {"browser": "web", "mobile": "app", "server": None}
)
"""Segment's own channels as ours. A server says nothing about where the customer was."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is the same for all messages of a request."""

    received_at: datetime
    new_id: Callable[[], str]
    """Makes the id of a message that has none."""
    sent_at: datetime | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    judged_at: datetime | None = None
    """If not when it is received: of a message that is tried again."""


def translate(said: Json, kind: str, arrival: Arrival) -> Json:
    """Return a message of the contract: `said`, as the call `kind`.

    A field that is null is as good as none. The write key, which some libraries put into the
    message, does not go along.
    """
    message = {name: value for name, value in said.items() if value is not None}
    message.pop("writeKey", None)
    message["type"] = kind
    _set_context(message, arrival.context)
    if kind in _VIEWED:
        _set_view(message, kind)
    elif kind == "identify" and "traits" not in message:
        _set_traits(message)
    _set_time(message, arrival)
    if "messageId" not in message:
        message["messageId"] = arrival.new_id()
    return message


def _set_context(message: Json, common: Mapping[str, Any]) -> None:
    own = message.get("context", {})
    if not isinstance(own, dict):
        return
    context = {**common, **own}
    channel = context.get("channel")
    if isinstance(channel, str) and channel in _CHANNELS:
        context["channel"] = _CHANNELS[channel]
    if context.get("channel") is None:
        context.pop("channel", None)
    if context.get("externalIds") is None:
        context.pop("externalIds", None)
    if context or "context" in message:
        message["context"] = context


def _set_view(message: Json, kind: str) -> None:
    message["type"], message["event"] = "track", _VIEWED[kind]
    context = message.setdefault("context", {})
    if kind == "screen" and isinstance(context, dict):
        context.setdefault("channel", "app")


def _set_traits(message: Json) -> None:
    """RudderStack's libraries put them into the context."""
    context = message.get("context")
    traits = context.get("traits") if isinstance(context, dict) else None
    if isinstance(traits, dict):
        message["traits"] = traits


def _set_time(message: Json, arrival: Arrival) -> None:
    """By our clock, as Segment does it; a time that can't be read stays, for whoever judges it."""
    received = arrival.received_at.isoformat()
    message["receivedAt"] = received
    said = message.get("timestamp")
    if said is None:
        message["timestamp"] = received
        return
    original, sent_at = moment(said), arrival.sent_at or moment(message.get("sentAt"))
    if original is None or sent_at is None:
        return
    by_our_clock = corrected(original, sent_at, arrival.received_at)
    if by_our_clock is not None:
        message["originalTimestamp"] = said
        message["timestamp"] = by_our_clock.isoformat()
