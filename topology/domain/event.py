"""An event as the domain takes it: a source message that was found good."""

from msgspec import Struct

from schemas.messages.envelope import Message
from topology.domain.instant import Instant


class Event(Struct, frozen=True):
    """A message with everything that may be missing from it filled in."""

    profile: str
    message_id: str
    at: Instant
    message: Message
