"""The partition's clock: an instant takes effect after all earlier records are processed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from topology.batching.handler import Output

if TYPE_CHECKING:
    from faust.types import TP

CLOCK_KEY: Final = b"\x00clock"
"""The key of the row in the changelog that stores the partition's clock."""

_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class PendingInstant:
    """An instant, and the end offsets of its sources when it was read.

    `at` is in microseconds since 1970. It takes effect once every position has reached `barrier`.
    `clock_offset` is the offset after its tick, if the instant came from the clock topic.
    """

    at: int
    barrier: "Mapping[TP, int]"
    clock_offset: int | None = None

    def is_reached(self, positions: "Mapping[TP, int]") -> bool:
        """True if the positions have reached the barrier."""
        return all(positions.get(tp, -1) >= end for tp, end in self.barrier.items())


class Tick(NamedTuple):
    """An instant of the clock topic, and the offset after its record."""

    at: int
    clock_offset: int


class RefusedTick(NamedTuple):
    """The output that reports a refused tick, and the offset after its record."""

    output: Output
    clock_offset: int


def encode_clock(at: int) -> bytes:
    """Encode the clock's row: microseconds since 1970, eight bytes, big-endian."""
    return at.to_bytes(_BYTES, "big", signed=True)


def decode_clock(value: bytes) -> int:
    """Decode a clock's row to microseconds since 1970."""
    return int.from_bytes(value, "big", signed=True)
