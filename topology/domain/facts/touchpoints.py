"""Touchpoints: where and when a customer was met. The latest are kept, packed."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from topology.domain.facts.channels import CHANNELS, EVENTS
from topology.domain.facts.instant import Instant
from topology.domain.facts.packed import TIME, pack_time, read_time, split

KEPT: Final = 20

_ENTRY: Final = TIME + 2
"""The time, a byte for the event and one for the channel."""
_ALL: Final = KEPT * _ENTRY


class Touchpoint(NamedTuple):
    """One meeting."""

    at: Instant
    event: str
    channel: str


def add_touchpoint(touches: bytes, at: Instant, event: int, channel: int) -> bytes:
    """Return the touchpoints with another one: by time, the latest of them."""
    entry = pack_time(at) + bytes((event, channel))
    if touches[-_ENTRY:] <= entry:
        return (touches + entry)[-_ALL:]
    return merge_touchpoints(touches, entry)


def read_touchpoints(touches: bytes) -> Iterator[Touchpoint]:
    """The touchpoints that are kept, by time."""
    for entry in split(touches, _ENTRY):
        yield Touchpoint(read_time(entry), EVENTS[entry[TIME]], CHANNELS[entry[TIME + 1]])


def merge_touchpoints(one: bytes, other: bytes) -> bytes:
    """Return the latest touchpoints of both."""
    return b"".join(sorted(split(one + other, _ENTRY))[-KEPT:])
