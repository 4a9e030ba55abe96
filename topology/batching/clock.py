"""The partition's clock: instants that wait until everything before them has been processed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from faust.types import TP

CLOCK_KEY: Final = b"\x00clock"
"""The key under which the changelog keeps how far the partition's clock has come."""

_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class PendingInstant:
    """An instant that was read, and where its sources ended then.

    `at` is in microseconds since 1970. It takes effect once every position has reached `barrier`.
    `clock_offset` is the place after its tick, if it came from a topic.
    """

    at: int
    barrier: Mapping[TP, int]
    clock_offset: int | None = None

    def is_reached(self, positions: Mapping[TP, int]) -> bool:
        """True once all that the sources held has been processed."""
        return all(positions.get(tp, -1) >= end for tp, end in self.barrier.items())


def encode_clock(at: int) -> bytes:
    """The clock's row: microseconds since 1970, eight bytes, big-endian."""
    return at.to_bytes(_BYTES, "big", signed=True)


def decode_clock(value: bytes) -> int:
    """The instant in a clock's row, in microseconds since 1970."""
    return int.from_bytes(value, "big", signed=True)
