"""Which topic a source message belongs to.

It looks at the message as it came and never refuses one: whether a message is valid is the
worker's to say.
"""

from collections.abc import Mapping
from typing import Final

from schemas import topics
from schemas.messages.catalogue import TOPIC_OF_EVENT
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.spelling import TYPES, word

TOPIC_OF_SOURCE: Final[Mapping[str, str]] = {
    "shop": topics.SHOP_EVENTS,
    "social": topics.SOCIAL_EVENTS,
    "support": topics.SUPPORT_EVENTS,
}
"""By the short names that paths and settings use."""

TYPES_WITHOUT_EVENT: Final = ("identify", "alias", "page", "screen")


def table_with(changes: Mapping[str, str]) -> Mapping[str, str]:
    """Return the topic of each event, with some sent elsewhere: a source by event."""
    moved = {event: TOPIC_OF_SOURCE[source] for event, source in changes.items()}
    return {**TOPIC_OF_EVENT, **moved}


def topic_of(
    message: Mapping[str, object], table: Mapping[str, str] = TOPIC_OF_EVENT
) -> str | None:
    """Return the topic of a message, or None if neither its event nor its type tells one."""
    event, kind = EVENT_NAMES.name_of(message.get("event")), word(message.get("type"), TYPES)
    if event is not None:
        return table[event]
    return topics.SHOP_EVENTS if kind in TYPES_WITHOUT_EVENT else None
