"""The bounds of a request and of all that are under way. Those of size and number are Segment's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken in. A kilobyte has 1,024 bytes, as in Segment's libraries."""

    body_bytes: int = 500 * 1024
    """Of a request, inflated."""
    event_bytes: int = 32 * 1024
    events: int = 2_500
    """Messages in a batch."""
    drained_bytes: int = 8 * 1024 * 1024
    """So much of a body that is too large is read and thrown away: who is cut off while sending
    never sees the answer, and sends it all again."""
    body_s: float = 10.0
    """Seconds that a body may take to arrive."""
    acknowledged_s: float = 8.0
    """Seconds that Kafka may take. Segment's libraries give up after 10."""
    under_way_bytes: int = 64 * 1024 * 1024
    """Of all requests that are read or wait for Kafka."""
