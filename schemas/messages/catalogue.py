"""The catalogue: every source message there is, and the names of all events."""

from collections.abc import Mapping
from typing import Annotated, Final, get_args

from pydantic import Discriminator, TypeAdapter

from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify
from schemas.messages.shop import ShopEvent
from schemas.messages.social import SocialEvent
from schemas.messages.spelling import Catalogue
from schemas.messages.support import SupportEvent

TrackEvent = Annotated[ShopEvent | SocialEvent | SupportEvent, Discriminator("event")]
SourceMessage = Annotated[TrackEvent | Identify | Alias, Discriminator("type")]

SOURCE_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(SourceMessage)
"""Validates any source message in the contract's form, from Python objects or from JSON bytes."""


def _event_names(union: object) -> frozenset[str]:
    models = get_args(union) or (union,)
    return frozenset(
        name for model in models for name in get_args(model.model_fields["event"].annotation)
    )


SHOP_EVENTS: Final = _event_names(ShopEvent)
SOCIAL_EVENTS: Final = _event_names(SocialEvent)
SUPPORT_EVENTS: Final = _event_names(SupportEvent)
KNOWN_EVENTS: Final = SHOP_EVENTS | SOCIAL_EVENTS | SUPPORT_EVENTS

EVENTS: Final = Catalogue(KNOWN_EVENTS)
"""Finds an event by any spelling of its name."""

MODEL_OF: Final[Mapping[str, type[Message]]] = {
    "identify": Identify,
    "alias": Alias,
    **{
        name: model
        for model in get_args(ShopEvent | SocialEvent | SupportEvent)
        for name in get_args(model.model_fields["event"].annotation)
    },
}
"""The contract of each track event by its name, and of the other messages by their type."""
