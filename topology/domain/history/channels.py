"""Channels as one byte each, as events are: a row keeps both in large numbers.

The codes are in every row: never change one, never use one twice.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from schemas.messages.catalogue import TOUCHPOINT_CODES
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

CHANNELS: Final[Mapping[int, str]] = MappingProxyType(
    {code: str(name) for name, code in CHANNEL_CODES.items()}
)
EVENTS: Final[Mapping[int, str]] = MappingProxyType(
    {code: name for name, code in TOUCHPOINT_CODES.items()}
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
