"""Research: what was looked at, and bought, in which world: online or offline.

A product or category that is looked at in one world and bought in the other within `SPAN` is
research online, purchase offline (ROPO), or the reverse. Only hashes are kept, of the latest.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

from schemas.messages.shop import Product
from topology.domain.history.instant import DAY, Instant
from topology.domain.history.packed import SHIFT, TIME, pack_time, read_time, split

SPAN: Final = 14 * DAY
KEPT: Final = 24
"""How many looks, and how many things bought, are remembered."""

_HASH: Final = 4
_ENTRY: Final = TIME + 1 + _HASH
_ROOM: Final = KEPT * _ENTRY
_pack_head: Final = Struct(">Q?").pack


class Crossing(NamedTuple):
    """Something looked at in one world and bought in the other."""

    researched_online: bool
    looked_at: Instant
    bought_at: Instant


def remember(kept: bytes, at: Instant, online: bool, products: Iterable[Product]) -> bytes:  # noqa: FBT001
    """Return what is remembered with these products and their categories; the latest stay."""
    head = _pack_head(at + SHIFT, online)
    for product in products:
        product_id, category = product.product_id, product.category
        if product_id:
            kept = _with_entry(kept, head + _hash(b"p", product_id))
        if category:
            kept = _with_entry(kept, head + _hash(b"c", category))
    return kept


def _with_entry(kept: bytes, entry: bytes) -> bytes:
    """Return the latest entries with another one in its place, which mostly is the last."""
    place = size = len(kept)
    while place and (before := kept[place - _ENTRY : place]) >= entry:
        if before == entry:
            return kept
        place -= _ENTRY
    if place == size < _ROOM:
        return kept + entry
    return (kept[:place] + entry + kept[place:])[-_ROOM:]


def bought_elsewhere(
    kept: bytes,
    at: Instant,
    online: bool,  # noqa: FBT001 - as in the entries
    instead: tuple[Instant, bool] | None = None,
) -> bytes:
    """Return what is remembered without what was bought at a time in a world, or moved from there.

    Two orders of one instant and one world can't be told apart.
    """
    head = pack_time(at) + bytes((online,))
    entries = split(kept, _ENTRY)
    found = [each[TIME + 1 :] for each in entries if each.startswith(head)]
    if not found:
        return kept
    others = b"".join(each for each in entries if not each.startswith(head))
    if instead is None:
        return others
    head = pack_time(instead[0]) + bytes((instead[1],))
    return merge_things(others, b"".join(head + each for each in found))


def merge_things(one: bytes, other: bytes) -> bytes:
    """Return the latest of both."""
    return b"".join(sorted(set(split(one + other, _ENTRY)))[-KEPT:])


@lru_cache(maxsize=8192)  # Customers look at the same things.
def _hash(kind: bytes, name: str) -> bytes:
    data = kind + name.encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=_HASH).digest()


def latest_crossing(looks: bytes, buys: bytes) -> Crossing | None:
    """The latest purchase that was researched in the other world, if there is one."""
    found = [
        Crossing(looked.online, looked.at, bought.at)
        for bought in _read(buys)
        for looked in _read(looks)
        if looked.thing == bought.thing
        and looked.online != bought.online
        and looked.at <= bought.at < looked.at + SPAN
    ]
    return max(found, key=lambda each: (each.bought_at, each.looked_at), default=None)


class _Entry(NamedTuple):
    at: Instant
    online: bool
    thing: bytes


def _read(kept: bytes) -> list[_Entry]:
    return [
        _Entry(read_time(entry), bool(entry[TIME]), entry[TIME + 1 :])
        for entry in split(kept, _ENTRY)
    ]


def count_things(kept: bytes) -> int:
    """How many things are remembered; one of two names, as a product and a category, is two."""
    return len(kept) // _ENTRY
