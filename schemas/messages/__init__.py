"""Source messages: what shops, social tools and help desks send, in Segment's message shape.

`SourceMessage` is the union of all of them. `KNOWN_EVENTS` names every track event there is.
"""

from typing import Annotated, Final, get_args

from pydantic import Discriminator, TypeAdapter

from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify
from schemas.messages.shop import ShopEvent
from schemas.messages.social import SocialEvent
from schemas.messages.support import SupportEvent

TrackEvent = Annotated[ShopEvent | SocialEvent | SupportEvent, Discriminator("event")]
SourceMessage = Annotated[TrackEvent | Identify | Alias, Discriminator("type")]

SOURCE_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(SourceMessage)
"""Validates any source message, from Python objects or straight from JSON bytes."""


def _event_names(union: object) -> frozenset[str]:
    models = get_args(union) or (union,)
    return frozenset(
        name for model in models for name in get_args(model.model_fields["event"].annotation)
    )


SHOP_EVENTS: Final = _event_names(ShopEvent)
SOCIAL_EVENTS: Final = _event_names(SocialEvent)
SUPPORT_EVENTS: Final = _event_names(SupportEvent)
KNOWN_EVENTS: Final = SHOP_EVENTS | SOCIAL_EVENTS | SUPPORT_EVENTS

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
