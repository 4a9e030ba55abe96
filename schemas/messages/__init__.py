"""Source messages: what shops, social tools and help desks send, in Segment's message shape.

`SourceMessage` is the union of all of them, in the contract's form. `KNOWN_EVENTS` names every
track event there is. What senders really send becomes that form in `schemas.messages.reading`.
"""

from schemas.messages.catalogue import (
    KNOWN_EVENTS,
    SHOP_EVENTS,
    SOCIAL_EVENTS,
    SOURCE_MESSAGE,
    SUPPORT_EVENTS,
    SourceMessage,
    TrackEvent,
)
from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify

__all__ = [
    "KNOWN_EVENTS",
    "SHOP_EVENTS",
    "SOCIAL_EVENTS",
    "SOURCE_MESSAGE",
    "SUPPORT_EVENTS",
    "Alias",
    "Identify",
    "Message",
    "SourceMessage",
    "TrackEvent",
]
