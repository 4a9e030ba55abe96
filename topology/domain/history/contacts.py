"""Contacts: how often a customer was met on each channel, packed, in the order of the codes."""

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from topology.domain.history.instant import Instant

_ENTRY: Final = Struct(">BqqI")
_SIZE: Final = _ENTRY.size
_pack: Final = _ENTRY.pack
_read: Final = _ENTRY.unpack_from


class Contact(NamedTuple):
    """How often a customer was met on a channel, first and last."""

    channel: int
    first_at: Instant
    last_at: Instant
    times: int


def add_contact(contacts: bytes, at: Instant, channel: int) -> bytes:
    """Return the contacts with one more on a channel."""
    place, size = 0, len(contacts)
    while place < size and contacts[place] <= channel:
        if contacts[place] == channel:
            _, first, last, times = _read(contacts, place)
            more = _pack(
                channel, first if first <= at else at, last if at <= last else at, times + 1
            )
            # Most customers are only met on one channel.
            return more if size == _SIZE else contacts[:place] + more + contacts[place + _SIZE :]
        place += _SIZE
    return contacts[:place] + _pack(channel, at, at, 1) + contacts[place:]


def pack_contacts(contacts: list[Contact]) -> bytes:
    """The contacts as bytes, from one of each channel."""
    return b"".join(_pack(*each) for each in sorted(contacts))


def read_contacts(contacts: bytes) -> Iterator[Contact]:
    """The contacts, one of each channel."""
    return map(Contact._make, _ENTRY.iter_unpack(contacts))


def merge_contacts(one: bytes, other: bytes) -> bytes:
    """Return the contacts of both."""
    contacts = {each.channel: each for each in read_contacts(one)}
    for each in read_contacts(other):
        known = contacts.get(each.channel)
        contacts[each.channel] = each if known is None else _sum(known, each)
    return pack_contacts(list(contacts.values()))


def _sum(one: Contact, other: Contact) -> Contact:
    return Contact(
        one.channel,
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
        one.times + other.times,
    )
