"""The bounds of a request's body, for every route."""

from dataclasses import dataclass
from typing import Final

SMALL_BODY: Final = 64 * 1024
"""Bytes that a body may have, inflated, unless its route says more."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the API gives a request's body: time, and memory over all requests."""

    body_s: float = 10.0
    """Seconds that a whole body may take to arrive."""
    under_way_bytes: int = 64 * 1024 * 1024
    """Of all requests that are read or wait for Kafka."""
