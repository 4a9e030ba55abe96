"""An event as the domain takes it: a source message that was found good."""

from typing import Any

from msgspec import Struct

from schemas.messages.envelope import Message
from topology.domain.facts.channels import CHANNEL_CODES, SOCIAL
from topology.domain.facts.instant import Instant


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
    """The machine's time if the record says that nothing that hangs on it is to be sent."""


def event_in(message: Message, profile: str, message_id: str, at: Instant) -> Event:
    """The event that a message tells of: the track event's name, else the message's type."""
    told: Any = message
    if told.type == "track":
        name, properties = told.event, told.properties
    else:
        name, properties = told.type, None
    where = properties.network if name in SOCIAL else message.context.channel
    return Event(profile, message_id, at, name, message, properties, CHANNEL_CODES[where])
