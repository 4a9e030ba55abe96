"""An event as the domain takes it: a valid source message."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from schemas.messages.envelope import Message
from topology.domain.history.channels import CHANNEL_CODES, SOCIAL
from topology.domain.history.instant import Instant


class Event(Struct, frozen=True, gc=False):
    """A message with everything that may be missing from it filled in."""

    profile: str
    message_id: str
    at: Instant
    name: str
    """What happened: the track event's name, else the message's type."""
    message: Message
    properties: Any
    """Those of a track event: their type follows from its name. None if it is none."""
    channel: int
    """Where, see `channels`: of a social event its network. Of a track event only."""
    quiet_until: Instant | None = None
    """The machine's time if the record is marked as quiet: none of its triggers is sent."""
    said_at: Instant | None = None
    """The time of its statements, if that is not `at`: the worker's clock has no part in it."""
    arrived: bool = False
    """True if `said_at` is its arrival, since its own time is missing or lies ahead."""


ARRIVAL_TICK: Final = 1_000
"""Arrivals are known to the millisecond."""


def word_at(event: Event, known: Iterable[Instant] = ()) -> Instant:
    """The time of an event's statement, beside statements that are known.

    Of those that arrived within one millisecond the later counts, so it comes after the others.
    """
    at = event.at if event.said_at is None else event.said_at
    if not event.arrived:
        return at
    end = at + ARRIVAL_TICK
    return min(max((each + 1 for each in known if at <= each < end), default=at), end - 1)


def event_in(message: Message, profile: str, message_id: str, at: Instant) -> Event:
    """The event in a message: its name is the track event's, else the message's type."""
    tracked: Any = message
    if tracked.type == "track":
        name, properties = tracked.event, tracked.properties
    else:
        name, properties = tracked.type, None
    where = properties.network if name in SOCIAL else message.context.channel
    return Event(
        profile=profile,
        message_id=message_id,
        at=at,
        name=name,
        message=message,
        properties=properties,
        channel=CHANNEL_CODES[where],
    )
