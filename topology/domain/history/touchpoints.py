"""Touchpoints: where and when a customer was met. The latest are kept, packed."""

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from topology.domain.history.channels import CHANNELS, EVENTS
from topology.domain.history.instant import Instant
from topology.domain.history.packed import SHIFT, TIME, read_time, split

KEPT: Final = 20

_FORM: Final = Struct(">QBB")
"""The time, a byte for the event and one for the channel."""
_ENTRY: Final = _FORM.size
_pack: Final = _FORM.pack
_ROOM: Final = KEPT * _ENTRY


class Touchpoint(NamedTuple):
    """One meeting."""

    at: Instant
    event: str
    channel: str


def add_touchpoint(touches: bytes, at: Instant, event: int, channel: int) -> bytes:
    """Return the touchpoints with another one: by time, the latest of them."""
    entry = _pack(at + SHIFT, event, channel)
    if touches[-_ENTRY:] <= entry:
        return (touches + entry)[-_ROOM:]
    return merge_touchpoints(touches, entry)


def read_touchpoints(touches: bytes) -> Iterator[Touchpoint]:
    """The touchpoints that are kept, by time."""
    for entry in split(touches, _ENTRY):
        yield Touchpoint(read_time(entry), EVENTS[entry[TIME]], CHANNELS[entry[TIME + 1]])


def nth_latest_at(touches: bytes, many: int) -> Instant:
    """When the latest but so many minus one was; of more than are kept the oldest."""
    return read_time(touches[-min(many, KEPT) * _ENTRY :])


def merge_touchpoints(one: bytes, other: bytes) -> bytes:
    """Return the latest touchpoints of both."""
    return b"".join(sorted(split(one + other, _ENTRY))[-KEPT:])
