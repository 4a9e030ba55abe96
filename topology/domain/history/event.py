"""An event: a valid source message with everything that may be missing from it filled in."""

from collections.abc import Iterable
from typing import Any, Final, Generic, TypeGuard

from typing_extensions import TypeVar

from schemas.messages.catalogue import SOCIAL_EVENTS, EventType
from schemas.messages.envelope import Message
from topology.domain.history.channels import CHANNEL_CODES
from topology.domain.history.instant import Instant
from topology.domain.history.record import Record

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True, default=object)


class Event(Record, Generic[P_co], frozen=True):
    """What happened to a customer. `Event[OrderProperties]` is one with these properties."""

    profile: str
    message_id: str
    at: Instant
    name: str
    """What happened: the track event's name, else the message's type."""
    message: Message
    properties: P_co
    """Those of a track event, by the catalogue; of an `identify` its traits; else None."""
    channel: int
    """Where a track event happened, see `channels`: of a social event its network."""
    quiet_until: Instant | None = None
    """The machine's time if the record is marked as quiet: none of its triggers is sent."""
    stated_at: Instant | None = None
    """The time of its statements, if that is not `at`: the worker's clock has no part in it."""
    arrived: bool = False
    """True if `stated_at` is its arrival, since its own time is missing or lies ahead."""


ARRIVAL_TICK: Final = 1_000
"""Arrivals are known to the millisecond."""


def is_of(event: Event, kind: EventType[P]) -> TypeGuard[Event[P]]:
    """True if the event is of this line of the catalogue."""
    return event.name == kind.name


def word_at(event: Event, known: Iterable[Instant] = ()) -> Instant:
    """When a statement of an event counts as made, beside the times of those that are known.

    Of statements that arrived within one millisecond the last counts: its time is the latest.
    """
    at = event.at if event.stated_at is None else event.stated_at
    if not event.arrived:
        return at
    end = at + ARRIVAL_TICK
    return min(max((each + 1 for each in known if at <= each < end), default=at), end - 1)


def event_in(message: Message, profile: str, message_id: str, at: Instant) -> Event:
    """The event in a message: the track event's name, else the message's type."""
    content: Any = message
    if content.type == "track":
        name, properties = content.event, content.properties
    else:
        name, properties = content.type, getattr(content, "traits", None)
    where = properties.network if name in SOCIAL_EVENTS else message.context.channel
    return Event(
        profile=profile,
        message_id=message_id,
        at=at,
        name=name,
        message=message,
        properties=properties,
        channel=CHANNEL_CODES[where],
    )
