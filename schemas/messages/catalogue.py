"""The event catalogue: one line for each event that counts. All else about events derives from it.

The properties of an event, and how they are checked, are its model's, in `shop`, `social` and
`support`. What an event does to a customer's history is its handler's, in
`topology.domain.steps.absorb`. `schemas.publish` writes the catalogue as a table for readers.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar, Union

from pydantic import Discriminator, TypeAdapter
from pydantic.fields import FieldInfo

from schemas.contract import is_side
from schemas.messages.envelope import Message
from schemas.messages.identity import Alias, Identify
from schemas.messages.shop import (
    OrderCancelled,
    OrderCompleted,
    OrderRefunded,
    OrderUpdated,
    PageViewed,
    ProductReviewed,
    RetentionAction,
    ShopActivity,
    ShopContact,
)
from schemas.messages.social import SocialEvent
from schemas.messages.support import (
    ComplaintFiled,
    ComplaintResolved,
    CustomerSuppressed,
    CustomerUnsuppressed,
    SupportContact,
    SurveyAnswered,
)
from schemas.topics import SHOP_EVENTS as SHOP
from schemas.topics import SOCIAL_EVENTS as SOCIAL
from schemas.topics import SUPPORT_EVENTS as SUPPORT

P_co = TypeVar("P_co", covariant=True)


class HasProperties(Protocol[P_co]):
    """A track event, by the contract of its properties."""

    @property
    def properties(self) -> P_co:
        """What the event says beyond who, when and where."""


@dataclass(frozen=True, slots=True)
class EventType(Generic[P_co]):
    """A line of the catalogue. Nothing has a default: whoever adds an event decides all of it."""

    name: str
    """Segment's name, where Segment has the event."""
    topic: str
    """Where it goes unless the settings say otherwise. The worker reads it from any source."""
    model: type[HasProperties[P_co]]
    """Its contract. A social event's network is the channel on which the customer was met."""
    _: KW_ONLY
    own_act: bool
    """True if the customer did it: it is a sign of life, and ends a row of unanswered attempts."""
    touchpoint: int | None
    """The code in rows of an event by which the customer was met, else None.

    A code is for good: never change one, and never use one twice.
    """


PRODUCT_VIEWED: Final = EventType("Product Viewed", SHOP, ShopActivity, own_act=True, touchpoint=0)
PRODUCT_ADDED: Final = EventType("Product Added", SHOP, ShopActivity, own_act=True, touchpoint=1)
CART_VIEWED: Final = EventType("Cart Viewed", SHOP, ShopActivity, own_act=True, touchpoint=2)
CHECKOUT_STARTED: Final = EventType(
    "Checkout Started", SHOP, ShopActivity, own_act=True, touchpoint=3
)
PAGE_VIEWED: Final = EventType("Page Viewed", SHOP, PageViewed, own_act=True, touchpoint=26)
SCREEN_VIEWED: Final = EventType("Screen Viewed", SHOP, PageViewed, own_act=True, touchpoint=27)
ORDER_COMPLETED: Final = EventType(
    "Order Completed", SHOP, OrderCompleted, own_act=True, touchpoint=4
)
ORDER_UPDATED: Final = EventType("Order Updated", SHOP, OrderUpdated, own_act=False, touchpoint=28)
ORDER_REFUNDED: Final = EventType(
    "Order Refunded", SHOP, OrderRefunded, own_act=False, touchpoint=5
)
ORDER_CANCELLED: Final = EventType(
    "Order Cancelled", SHOP, OrderCancelled, own_act=False, touchpoint=6
)
PRODUCT_REVIEWED: Final = EventType(
    "Product Reviewed", SHOP, ProductReviewed, own_act=True, touchpoint=7
)
STORE_VISITED: Final = EventType("Store Visited", SHOP, ShopContact, own_act=True, touchpoint=8)
NEWSLETTER_SUBSCRIBED: Final = EventType(
    "Newsletter Subscribed", SHOP, ShopContact, own_act=True, touchpoint=9
)
NEWSLETTER_UNSUBSCRIBED: Final = EventType(
    "Newsletter Unsubscribed", SHOP, ShopContact, own_act=True, touchpoint=10
)
COUPON_APPLIED: Final = EventType("Coupon Applied", SHOP, ShopContact, own_act=True, touchpoint=11)
ACTION_DELIVERED: Final = EventType(
    "Retention Action Delivered", SHOP, RetentionAction, own_act=False, touchpoint=12
)
ACTION_RESPONDED: Final = EventType(
    "Retention Action Responded", SHOP, RetentionAction, own_act=True, touchpoint=13
)

SOCIAL_FOLLOWED: Final = EventType(
    "Social Followed", SOCIAL, SocialEvent, own_act=True, touchpoint=14
)
SOCIAL_UNFOLLOWED: Final = EventType(
    "Social Unfollowed", SOCIAL, SocialEvent, own_act=True, touchpoint=15
)
SOCIAL_MENTIONED: Final = EventType(
    "Social Mentioned", SOCIAL, SocialEvent, own_act=True, touchpoint=16
)
SOCIAL_MESSAGE_RECEIVED: Final = EventType(
    "Social Message Received", SOCIAL, SocialEvent, own_act=True, touchpoint=17
)
SOCIAL_CONTENT_ENGAGED: Final = EventType(
    "Social Content Engaged", SOCIAL, SocialEvent, own_act=True, touchpoint=18
)

TICKET_OPENED: Final = EventType(
    "Ticket Opened", SUPPORT, SupportContact, own_act=True, touchpoint=19
)
TICKET_RESOLVED: Final = EventType(
    "Ticket Resolved", SUPPORT, SupportContact, own_act=False, touchpoint=20
)
CHAT_STARTED: Final = EventType(
    "Live Chat Conversation Started", SUPPORT, SupportContact, own_act=True, touchpoint=23
)
CHAT_ENDED: Final = EventType(
    "Live Chat Conversation Ended", SUPPORT, SupportContact, own_act=False, touchpoint=24
)
COMPLAINT_FILED: Final = EventType(
    "Complaint Filed", SUPPORT, ComplaintFiled, own_act=True, touchpoint=21
)
COMPLAINT_RESOLVED: Final = EventType(
    "Complaint Resolved", SUPPORT, ComplaintResolved, own_act=False, touchpoint=22
)
SURVEY_ANSWERED: Final = EventType(
    "Survey Answered", SUPPORT, SurveyAnswered, own_act=True, touchpoint=25
)
CUSTOMER_SUPPRESSED: Final = EventType(
    "Customer Suppressed", SUPPORT, CustomerSuppressed, own_act=False, touchpoint=None
)
CUSTOMER_UNSUPPRESSED: Final = EventType(
    "Customer Unsuppressed", SUPPORT, CustomerUnsuppressed, own_act=False, touchpoint=None
)

EVENT_TYPES: Final[tuple[EventType[Any], ...]] = tuple(
    each for each in tuple(globals().values()) if isinstance(each, EventType)
)
"""Every line above, in its order: a line can't be forgotten here."""

KNOWN_EVENTS: Final = frozenset(each.name for each in EVENT_TYPES)
OWN_ACTS: Final = frozenset(each.name for each in EVENT_TYPES if each.own_act)
SOCIAL_EVENTS: Final = frozenset(each.name for each in EVENT_TYPES if each.topic == SOCIAL)
"""Events of which the network is the channel, and the handle may name the profile."""
SUPPRESSION_EVENTS: Final = frozenset({CUSTOMER_SUPPRESSED.name, CUSTOMER_UNSUPPRESSED.name})
TOUCHPOINT_CODES: Final[Mapping[str, int]] = {
    each.name: each.touchpoint for each in EVENT_TYPES if each.touchpoint is not None
}
TOPIC_OF_EVENT: Final[Mapping[str, str]] = {each.name: each.topic for each in EVENT_TYPES}

IDENTIFY: Final = "identify"
ALIAS: Final = "alias"

MODEL_OF: Final[Mapping[str, type[Message]]] = {
    IDENTIFY: Identify,
    ALIAS: Alias,
    **{each.name: each.model for each in EVENT_TYPES if issubclass(each.model, Message)},
}
"""The contract of each track event by its name, and of the other messages by their type."""


def track_models(*topics: str) -> tuple[type[Message], ...]:
    """The contracts of the track events of some topics, each once; without topics of all."""
    return tuple(
        dict.fromkeys(
            MODEL_OF[each.name] for each in EVENT_TYPES if not topics or each.topic in topics
        )
    )


def fields_of_properties(event: EventType[Any]) -> Mapping[str, FieldInfo]:
    """The fields of an event's properties, by their names."""
    properties: Any = MODEL_OF[event.name].model_fields["properties"].annotation
    fields: Mapping[str, FieldInfo] = properties.model_fields
    return fields


def deciding_properties(event: EventType[Any]) -> tuple[str, ...]:
    """The properties that change what an event does: if one can't be read, it is refused."""
    fields = fields_of_properties(event)
    return tuple(name for name, field in fields.items() if not is_side(field))


def message_type(*topics: str) -> Any:
    """The type of any message of some source topics, for a `TypeAdapter`; without topics of all."""
    models = track_models(*topics)
    track: Any = Union[models]  # noqa: UP007 - made at run time
    if len(models) > 1:
        track = Annotated[track, Discriminator("event")]
    return Annotated[track | Identify | Alias, Discriminator("type")]


SOURCE_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(message_type())
"""Validates any source message in the contract's form, from Python objects or from JSON bytes."""
