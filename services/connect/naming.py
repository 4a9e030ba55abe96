"""Names of a source's customers, orders and messages, which no other source has."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Naming:
    """The names of one source, such as `shopify:main:`."""

    kind: str
    source: str

    @property
    def prefix(self) -> str:
        """The begin of all of them."""
        return f"{self.kind}:{self.source}:"

    def name(self, native_id: str) -> str:
        """Return the name of a customer, or of an order, by its id in the shop."""
        return self.prefix + native_id

    def message_id(self, *parts: str) -> str:
        """Return the id of a message about a resource in a state: the same for each delivery."""
        return self.prefix + ":".join(parts)


def track(
    event: str, user_id: str, message_id: str, timestamp: str, properties: dict[str, Any]
) -> dict[str, Any]:
    """Return a track message."""
    return {
        "type": "track",
        "event": event,
        "userId": user_id,
        "messageId": message_id,
        "timestamp": timestamp,
        "properties": properties,
    }


def identify(
    user_id: str, message_id: str, timestamp: str, traits: dict[str, Any]
) -> dict[str, Any]:
    """Return an identify message."""
    return {
        "type": "identify",
        "userId": user_id,
        "messageId": message_id,
        "timestamp": timestamp,
        "traits": traits,
    }


def without_missing(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
