"""Channels and kinds of events as one byte each, for what a row keeps in large numbers.

The codes are in every row: never change one, never use one twice.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from schemas.messages import names
from schemas.messages.envelope import Channel
from schemas.messages.social import Network

CHANNEL_CODES: Final[Mapping[str, int]] = {
    Channel.WEB: 0,
    Channel.APP: 1,
    Channel.STORE: 2,
    Channel.MARKETPLACE: 3,
    Channel.PARTNER: 4,
    Channel.PHONE: 5,
    Channel.SOCIAL: 6,
    Network.LINKEDIN: 16,
    Network.XING: 17,
    Network.FACEBOOK: 18,
    Network.INSTAGRAM: 19,
    Network.WHATSAPP: 20,
    Network.YOUTUBE: 21,
    Network.TIKTOK: 22,
    Network.CLUBHOUSE: 23,
    Network.SNAPCHAT: 24,
    Network.PINTEREST: 25,
    Network.X: 26,
    Network.OTHER: 27,
}
"""By the channel of the context, or by the network of a social event."""

EVENT_CODES: Final[Mapping[str, int]] = {
    names.PRODUCT_VIEWED: 0,
    names.PRODUCT_ADDED: 1,
    names.CART_VIEWED: 2,
    names.CHECKOUT_STARTED: 3,
    names.ORDER_COMPLETED: 4,
    names.ORDER_REFUNDED: 5,
    names.ORDER_CANCELLED: 6,
    names.PRODUCT_REVIEWED: 7,
    names.STORE_VISITED: 8,
    names.NEWSLETTER_SUBSCRIBED: 9,
    names.NEWSLETTER_UNSUBSCRIBED: 10,
    names.COUPON_APPLIED: 11,
    names.ACTION_DELIVERED: 12,
    names.ACTION_RESPONDED: 13,
    names.SOCIAL_FOLLOWED: 14,
    names.SOCIAL_UNFOLLOWED: 15,
    names.SOCIAL_MENTIONED: 16,
    names.SOCIAL_MESSAGE_RECEIVED: 17,
    names.SOCIAL_CONTENT_ENGAGED: 18,
    names.TICKET_OPENED: 19,
    names.TICKET_RESOLVED: 20,
    names.COMPLAINT_FILED: 21,
    names.COMPLAINT_RESOLVED: 22,
    names.CHAT_STARTED: 23,
    names.CHAT_ENDED: 24,
    names.SURVEY_ANSWERED: 25,
    names.PAGE_VIEWED: 26,
    names.SCREEN_VIEWED: 27,
    names.ORDER_UPDATED: 28,
}
"""Of every track event that is a touchpoint."""

CHANNELS: Final[Mapping[int, str]] = MappingProxyType(
    {code: str(name) for name, code in CHANNEL_CODES.items()}
)
EVENTS: Final[Mapping[int, str]] = MappingProxyType(
    {code: name for name, code in EVENT_CODES.items()}
)

SOCIAL: Final = frozenset(
    {
        names.SOCIAL_FOLLOWED,
        names.SOCIAL_UNFOLLOWED,
        names.SOCIAL_MENTIONED,
        names.SOCIAL_MESSAGE_RECEIVED,
        names.SOCIAL_CONTENT_ENGAGED,
    }
)

_OFFLINE: Final = frozenset({CHANNEL_CODES[Channel.STORE], CHANNEL_CODES[Channel.PHONE]})


def is_online(channel: int) -> bool:
    """False for the store and the phone."""
    return channel not in _OFFLINE


def channels_in(mask: int) -> Iterator[str]:
    """The channels whose bits are in a mask."""
    return (name for code, name in CHANNELS.items() if mask >> code & 1)


def mask_of(channels: tuple[Channel, ...]) -> int:
    """The bits of channels, as `History.bought_over` has them."""
    return sum(1 << CHANNEL_CODES[channel] for channel in set(channels))
