"""Where a listener to one customer is: in the transitions, and in the triggers."""

from dataclasses import dataclass
from typing import Final, Self

from services.read_model.cursor import Cursor
from services.read_model.log_ends import LogEnds
from services.read_model.opaque import Kind, seal, unseal

_WIDTH: Final = 2


@dataclass(frozen=True, slots=True)
class CustomerPlace:
    """What of one customer has been seen: two cursors."""

    transitions: Cursor
    triggers: Cursor

    def is_of_the_topics_of(self, other: Self) -> bool:
        """True if both are places in the same logs: a topic that is made anew is another one."""
        return (self.transitions.topic_id, self.triggers.topic_id) == (
            other.transitions.topic_id,
            other.triggers.topic_id,
        )

    def to_text(self) -> str:
        """URL-safe text. The same place always gives the same text."""
        first = self.transitions.to_bytes()
        body = len(first).to_bytes(_WIDTH, "big") + first + self.triggers.to_bytes()
        return seal(Kind.CUSTOMER_STREAM, body)

    @classmethod
    def from_text(cls, text: str, ends: LogEnds) -> Self:
        """Read a place in the logs that end there.

        Raises:
            OpaqueError: the text is no place, or belongs to topics that are gone.
        """
        body = unseal(Kind.CUSTOMER_STREAM, text)
        size = int.from_bytes(body[:_WIDTH], "big")
        first, second = body[_WIDTH : _WIDTH + size], body[_WIDTH + size :]
        return cls(
            Cursor.from_bytes(first, ends.transitions.topic_id),
            Cursor.from_bytes(second, ends.triggers.topic_id),
        )
