"""Touchpoints: where and when a customer was met. The latest are kept, packed, and all counted."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Struct

from topology.domain.channels import CHANNELS, EVENTS
from topology.domain.instant import Instant

KEPT: Final = 20

_TIME: Final = 8
_ENTRY: Final = 10
"""Eight bytes of time, one for the event, one for the channel: in this order they sort by time."""
_ALL: Final = KEPT * _ENTRY
_SHIFT: Final = 1 << 63
"""Makes times before 1970 sort before the others."""


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
    entry = (at + _SHIFT).to_bytes(_TIME, "big") + bytes((event, channel))
    if touches[-_ENTRY:] <= entry:
        return (touches + entry)[-_ALL:]
    entries = [touches[i : i + _ENTRY] for i in range(0, len(touches), _ENTRY)]
    return b"".join(sorted([*entries, entry])[-KEPT:])


def read_touchpoints(touches: bytes) -> Iterator[Touchpoint]:
    """The touchpoints that are kept, by time."""
    for i in range(0, len(touches), _ENTRY):
        at = int.from_bytes(touches[i : i + _TIME], "big") - _SHIFT
        yield Touchpoint(at, EVENTS[touches[i + _TIME]], CHANNELS[touches[i + _TIME + 1]])


def add_contact(contacts: tuple[Contact, ...], at: Instant, channel: int) -> tuple[Contact, ...]:
    """Return the contacts with one more on a channel; they are kept in the order of the codes."""
    for place, known in enumerate(contacts):
        if known.channel == channel:
            met = Contact(channel, min(known.first_at, at), max(known.last_at, at), known.count + 1)
            return (*contacts[:place], met, *contacts[place + 1 :])
    met = Contact(channel, at, at, 1)
    return tuple(sorted((*contacts, met), key=lambda each: each.channel))


def merge_touchpoints(one: bytes, other: bytes) -> bytes:
    """Return the latest touchpoints of both."""
    both = one + other
    entries = [both[i : i + _ENTRY] for i in range(0, len(both), _ENTRY)]
    return b"".join(sorted(entries)[-KEPT:])


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
