"""What a record says of people: its names, when it happened, and what analysts ask for first.

Of a usual message only a few fields are decoded. Any other one is read as the workers read it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from schemas import topics
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.reading import parse, parse_time
from schemas.messages.reading.message import profile_in
from schemas.messages.spelling import TYPES, word
from services.dead_letters.message_names import names_in_message
from topology.domain.history.claims import card_name

_PLAIN: Final = re.compile(r"[0-9A-Za-z_.][0-9A-Za-z_.-]*[1-9][0-9A-Za-z_.-]*").fullmatch
"""Matches an id that a reading leaves as it is, and that is no placeholder."""


class Content(Struct, frozen=True, gc=False):
    """What the columns of a record show beside its bytes. A field is None if it has none."""

    names: tuple[str, ...] = ()
    """Every name of a person, without the record's key."""
    customer_id: str | None = None
    kind: str | None = None
    """The event, dimension or rule."""
    occurred_at: datetime | None = None
    """When it happened, or took effect; None if only its arrival is known."""
    more: tuple[Any, ...] = (None, None, None)
    """Three more values: which ones depends on the topic, see `columns`."""


NOTHING: Final = Content()


class _Properties(Struct, gc=False):
    order_id: str | None = None
    total: float | None = None
    currency: str | None = None


class _Track(Struct, gc=False, rename="camel"):
    type: str
    event: str
    user_id: str
    timestamp: datetime
    properties: _Properties
    anonymous_id: str | None = None
    context: "_Context | None" = None


class _Context(Struct, gc=False, rename="camel"):
    external_ids: Any = None
    external_id: Any = None


class _Transition(Struct, gc=False, rename={"from_value": "from", "to_value": "to"}):
    customer_id: str
    dimension: str
    from_value: str
    to_value: str
    cause: str
    effective_at: datetime


class _Action(Struct, gc=False):
    kind: str


class _Trigger(Struct, gc=False):
    trigger_id: str
    customer_id: str
    rule: str
    action: _Action
    effective_at: datetime
    holdout: bool = False


_track: Final = Decoder(_Track).decode
_transition: Final = Decoder(_Transition).decode
_trigger: Final = Decoder(_Trigger).decode


def content_of(topic: str, value: bytes | None) -> Content:
    """Read a record of a topic; a record that nobody can read has no content."""
    return NOTHING if value is None else _READERS.get(topic, _message)(value)


def _message(value: bytes) -> Content:
    try:
        found = _track(value)
    except (DecodeError, UnicodeDecodeError):
        return _unusual(value)
    is_plain = (
        found.type == "track"
        and _PLAIN(found.user_id)
        and (found.anonymous_id is None or _PLAIN(found.anonymous_id))
        and found.timestamp.tzinfo is not None
        and (found.context is None or found.context.external_ids is found.context.external_id)
    )
    if not is_plain:
        return _unusual(value)
    user, other, properties = found.user_id, found.anonymous_id, found.properties
    return Content(
        (user,) if other is None else (user, other),
        user,
        found.event,
        found.timestamp,
        (properties.order_id, properties.total, properties.currency),
    )


def _unusual(value: bytes) -> Content:
    try:
        message = parse(value)
    except ValueError:
        return NOTHING
    if not isinstance(message, dict):
        return NOTHING
    return Content(
        tuple({*filter(None, names_in_message(message)), *_external(message)}),
        profile_in(message),
        _event_of(message),
        _time_of(message),
        _order_of(message.get("properties")),
    )


def _external(message: Mapping[str, Any]) -> Iterator[str]:
    """The names that external ids have beside their bare text: cards and handles."""
    context = message.get("context")
    several = context.get("externalIds") if isinstance(context, dict) else None
    for each in several if isinstance(several, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            yield card_name(each["id"])
            yield f"{each.get('type')}:{each['id']}"


def _event_of(message: Mapping[str, Any]) -> str | None:
    kind = EVENT_NAMES.name_of(message.get("event")) or word(message.get("type"), TYPES)
    return kind if isinstance(kind, str) else None


def _time_of(message: Mapping[str, Any]) -> datetime | None:
    return next(
        filter(
            None,
            (
                parse_time(message.get(each))
                for each in ("timestamp", "originalTimestamp", "receivedAt")
            ),
        ),
        None,
    )


def _order_of(properties: object) -> tuple[str | None, float | None, str | None]:
    if not isinstance(properties, dict):
        return (None, None, None)
    order, total, currency = (properties.get(each) for each in ("order_id", "total", "currency"))
    return (
        order if isinstance(order, str) else None,
        float(total) if isinstance(total, int | float) else None,
        currency if isinstance(currency, str) else None,
    )


def _transition_content(value: bytes) -> Content:
    try:
        found = _transition(value)
    except (DecodeError, UnicodeDecodeError):
        return NOTHING
    more = (found.from_value, found.to_value, found.cause)
    who = found.customer_id
    return Content((who,), who, found.dimension, found.effective_at, more)


def _trigger_content(value: bytes) -> Content:
    try:
        found = _trigger(value)
    except (DecodeError, UnicodeDecodeError):
        return NOTHING
    more = (found.trigger_id, found.action.kind, found.holdout)
    return Content((found.customer_id,), found.customer_id, found.rule, found.effective_at, more)


_READERS: Final[Mapping[str, Callable[[bytes], Content]]] = MappingProxyType(
    {topics.TRANSITIONS: _transition_content, topics.TRIGGERS: _trigger_content}
)
