"""Packed: many small entries of one size as bytes, in an order that sorts them by time."""

from typing import Final

from topology.domain.history.instant import Instant

TIME: Final = 8
"""Bytes of an instant."""

SHIFT: Final = 1 << 63
"""Makes times before 1970 sort before the others."""


def pack_time(at: Instant) -> bytes:
    """An instant as bytes that sort by time."""
    return (at + SHIFT).to_bytes(TIME, "big")


def read_time(entry: bytes) -> Instant:
    """The instant with which an entry begins."""
    return int.from_bytes(entry[:TIME], "big") - SHIFT


def split(packed: bytes, size: int) -> list[bytes]:
    """The entries, each of so many bytes."""
    return [packed[i : i + size] for i in range(0, len(packed), size)]
