"""Touchpoints: where and when a customer was met. The latest are kept, packed, and all counted."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from topology.domain.facts.channels import CHANNELS, EVENTS
from topology.domain.facts.instant import Instant
from topology.domain.facts.packed import TIME, pack_time, read_time, split

KEPT: Final = 20

_ENTRY: Final = TIME + 2
"""The time, a byte for the event and one for the channel."""
_ALL: Final = KEPT * _ENTRY


class Contact(Struct, frozen=True, array_like=True, gc=False):
    """How often a customer was met on a channel, first and last."""

    channel: int
    first_at: Instant
    last_at: Instant
    count: int


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


def add_contact(contacts: tuple[Contact, ...], at: Instant, channel: int) -> tuple[Contact, ...]:
    """Return the contacts with one more on a channel; they are kept in the order of the codes."""
    for place, known in enumerate(contacts):
        if known.channel == channel:
            kept = list(contacts)
            kept[place] = _once_more(known, at)
            return tuple(kept)
    met = Contact(channel, at, at, 1)
    return tuple(sorted((*contacts, met), key=lambda each: each.channel))


def _once_more(known: Contact, at: Instant) -> Contact:
    first, last = known.first_at, known.last_at
    return Contact(
        known.channel, first if first <= at else at, last if at <= last else at, known.count + 1
    )


def merge_touchpoints(one: bytes, other: bytes) -> bytes:
    """Return the latest touchpoints of both."""
    return b"".join(sorted(split(one + other, _ENTRY))[-KEPT:])


def merge_contacts(one: tuple[Contact, ...], other: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Return the contacts of both."""
    contacts = {each.channel: each for each in one}
    for each in other:
        known = contacts.get(each.channel)
        if known is None:
            contacts[each.channel] = each
        else:
            contacts[each.channel] = Contact(
                each.channel,
                min(known.first_at, each.first_at),
                max(known.last_at, each.last_at),
                known.count + each.count,
            )
    return tuple(contacts[channel] for channel in sorted(contacts))
