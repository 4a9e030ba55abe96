"""An event as the domain takes it: a source message that was found good."""

from typing import Any

from msgspec import Struct

from schemas.messages.envelope import Message
from topology.domain.channels import channel_of
from topology.domain.instant import Instant


class Event(Struct, frozen=True, gc=False):
    """A message with everything that may be missing from it filled in."""

    profile: str
    message_id: str
    at: Instant
    name: str
    """What happened: the track event's name, else the message's type."""
    message: Message

    @property
    def properties(self) -> Any:
        """The properties of a track event; their type follows from its name."""
        message: Any = self.message
        return message.properties

    @property
    def channel(self) -> int:
        """The channel of a track event, see `channels`."""
        return channel_of(self.name, self.message)


def name_of(message: Message) -> str:
    """What a message tells: the track event's name, else the message's type."""
    told: Any = message
    name: str = getattr(told, "event", None) or told.type
    return name
