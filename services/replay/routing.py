"""Which topic a source message belongs to, and whose profile it is about.

It looks at the message as it came and never refuses one: whether a message is valid is the
worker's to say.
"""

from collections.abc import Mapping
from typing import Final

from schemas import messages, topics

TOPIC_OF_EVENT: Final[Mapping[str, str]] = {
    **dict.fromkeys(messages.SHOP_EVENTS, topics.SHOP_EVENTS),
    **dict.fromkeys(messages.SOCIAL_EVENTS, topics.SOCIAL_EVENTS),
    **dict.fromkeys(messages.SUPPORT_EVENTS, topics.SUPPORT_EVENTS),
}

TOPIC_OF_SOURCE: Final[Mapping[str, str]] = {
    "shop": topics.SHOP_EVENTS,
    "social": topics.SOCIAL_EVENTS,
    "support": topics.SUPPORT_EVENTS,
}
"""By the short names that paths and settings use."""

TYPES_WITHOUT_EVENT: Final = frozenset({"identify", "alias"})


def table_with(changes: Mapping[str, str]) -> Mapping[str, str]:
    """Return the topic of each event, with some sent elsewhere: a source by event."""
    moved = {event: TOPIC_OF_SOURCE[source] for event, source in changes.items()}
    return {**TOPIC_OF_EVENT, **moved}


def topic_of(
    message: Mapping[str, object], table: Mapping[str, str] = TOPIC_OF_EVENT
) -> str | None:
    """Return the topic of a message, or None if neither its event nor its type tells one."""
    event, kind = message.get("event"), message.get("type")
    if isinstance(event, str) and event in table:
        return table[event]
    if isinstance(kind, str) and kind in TYPES_WITHOUT_EVENT:
        return topics.SHOP_EVENTS
    return None


def profile_of(message: Mapping[str, object]) -> str | None:
    """Return `userId`, else `anonymousId`, else a social message's `network:handle`, else None."""
    known = _text(message.get("userId")) or _text(message.get("anonymousId"))
    if known or topic_of(message) != topics.SOCIAL_EVENTS:
        return known
    properties = message.get("properties")
    if not isinstance(properties, Mapping):
        return None
    network, handle = _text(properties.get("network")), _text(properties.get("handle"))
    return f"{network}:{handle}" if network and handle else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None
