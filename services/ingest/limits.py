"""The bounds of what is sent in, beside those of every body. Size and number are Segment's."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken in. A kilobyte has 1,024 bytes, as in Segment's libraries."""

    body_bytes: ClassVar[int] = 500 * 1024
    """Of a request, inflated. The routes declare it."""
    event_bytes: int = 32 * 1024
    events: int = 2_500
    """Messages in a batch."""
    acknowledged_s: float = 8.0
    """Seconds that Kafka may take. Segment's libraries give up after 10."""
