"""Routing: the endpoints that take in messages over HTTP, and the topic to which each goes.

Routing reads a message as it came and never refuses one: the validator does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from schemas import topics
from schemas.messages.catalogue import TOPIC_OF_EVENT
from schemas.messages.event_names import EVENT_NAMES
from schemas.messages.spelling import CALLS, TYPES, word

TOPIC_OF_SOURCE: Final[Mapping[str, str]] = {
    "shop": topics.SHOP_EVENTS,
    "social": topics.SOCIAL_EVENTS,
    "support": topics.SUPPORT_EVENTS,
}
"""By the short names that paths and settings use."""

TYPES_WITHOUT_EVENT: Final = ("identify", "alias", "page", "screen")


def table_with(changes: Mapping[str, str]) -> Mapping[str, str]:
    """Return the topic of each event; `changes` sends some to another source."""
    changed = {event: TOPIC_OF_SOURCE[source] for event, source in changes.items()}
    return {**TOPIC_OF_EVENT, **changed}


def topic_of(
    message: Mapping[str, object], table: Mapping[str, str] = TOPIC_OF_EVENT
) -> str | None:
    """Return the topic of a message, or None if neither its event nor its type determines one."""
    event, kind = EVENT_NAMES.name_of(message.get("event")), word(message.get("type"), TYPES)
    if event is not None:
        return table[event]
    return topics.SHOP_EVENTS if kind in TYPES_WITHOUT_EVENT else None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The path by which a request came in, as the route has it.

    `call` is Segment's call, and `topic` the topic of every message, if the path determines it.
    """

    path: str
    call: str | None = None
    topic: str | None = None


OF_MANY: Final = (Endpoint("/v1/batch"), Endpoint("/v1/import"))
"""Each message says its own type."""
OF_CALLS: Final = tuple(Endpoint(f"/v1/{call}", call=call) for call in sorted(CALLS))
OF_SOURCES: Final = tuple(
    Endpoint(f"/v1/events/{source}", topic=topic) for source, topic in TOPIC_OF_SOURCE.items()
)

ENDPOINTS: Final[Mapping[str, Endpoint]] = MappingProxyType(
    {endpoint.path: endpoint for endpoint in (*OF_MANY, *OF_CALLS, *OF_SOURCES)}
)
"""All of them, by path, but those of connected shops."""

CONNECT: Final = "/v1/connect/"


def endpoint_of_source(kind: str, source: str) -> Endpoint:
    """Return the endpoint for the webhooks of a connected shop."""
    return Endpoint(f"{CONNECT}{kind}/{source}")


def endpoint_at(path: str) -> Endpoint | None:
    """Return the endpoint at a path, None if messages don't come in there."""
    return Endpoint(path) if path.startswith(CONNECT) else ENDPOINTS.get(path)
