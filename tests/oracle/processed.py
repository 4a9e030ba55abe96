"""A message that was processed, as the oracle reads it."""

from dataclasses import dataclass
from typing import Final

from tests.oracle.instant import Instant, parsed
from tests.oracle.once import once
from tests.oracle.policy import Json

NO_ACT: Final = frozenset(
    {
        "Order Updated",
        "Order Refunded",
        "Order Cancelled",
        "Retention Action Delivered",
        "Ticket Resolved",
        "Complaint Resolved",
        "Live Chat Conversation Ended",
        "Customer Suppressed",
        "Customer Unsuppressed",
    }
)


@dataclass(frozen=True)
class ProcessedMessage:
    """A message that was processed. `answers` is true if it says that a care trigger was acted on.

    That is decided when it is processed: nobody can have acted on what had not fired.
    """

    message: Json
    answers: bool = False

    @once
    def at(self) -> Instant:
        """When it happened."""
        return parsed(self.message["timestamp"])

    @once
    def event(self) -> str:
        """The name of a track event; else the message's type."""
        name: str = self.message.get("event", self.message["type"])
        return name

    @once
    def properties(self) -> Json:
        """What a track event says."""
        found: Json = self.message.get("properties", {})
        return found

    @once
    def channel(self) -> str:
        """Where it happened."""
        found: str = self.message.get("context", {}).get("channel", "web")
        return found

    @once
    def is_act(self) -> bool:
        """True if the customer did it."""
        return self.message["type"] == "track" and self.event not in NO_ACT
