"""The memory for message ids: what makes a retry harmless.

Kept as bytes, because a busy customer has many: for each id eight bytes of its BLAKE2b hash and
four bytes for the hour in which it came, oldest first. With 8,192 ids the odds that a new one is
mistaken for an old one are 8,192 in 2^64.
"""

from hashlib import blake2b
from struct import Struct
from typing import Final

from topology.domain.history.instant import DAY, HOUR, Instant

KEPT_FOR: Final = 30 * DAY
KEPT_AT_LEAST: Final = 256
KEPT_AT_MOST: Final = 8192
"""Of a customer with more messages within 30 days the latest are known again."""

_HASH: Final = 8
_ENTRY: Final = 12
_pack: Final = Struct(f">{_HASH}si").pack

_blank: Final = blake2b(digest_size=_HASH).copy  # To copy one costs half of making one.


def remember(seen: bytes, message_id: str, at: Instant) -> bytes | None:
    """Add a message id that came at the customer's instant `at`.

    Returns:
        The new memory, or None if the id is in it already.
    """
    hashed = _blank()
    hashed.update(message_id.encode())
    digest = hashed.digest()
    found = seen.find(digest)
    while found >= 0:
        if found % _ENTRY == 0:
            return None
        found = seen.find(digest, found + 1)
    hour = at // HOUR
    if len(seen) >= KEPT_AT_LEAST * _ENTRY:
        seen = _forget(seen, hour)
    return seen + _pack(digest, hour)


def merge_seen(one: bytes, other: bytes) -> bytes:
    """Return the memory of two rows that have become one: each id once, oldest first."""
    hours: dict[bytes, int] = {}
    for seen in (one, other):
        for start in range(0, len(seen), _ENTRY):
            digest, hour = seen[start : start + _HASH], _hour_of(seen, start // _ENTRY)
            hours[digest] = max(hour, hours.get(digest, hour))
    if not hours:
        return b""
    merged = b"".join(
        _pack(digest, hour)
        for digest, hour in sorted(hours.items(), key=lambda entry: (entry[1], entry[0]))
    )
    return _forget(merged, max(hours.values()))


def _forget(seen: bytes, hour: int) -> bytes:
    """Drop what is older than it must be, as far as there is more than must be kept.

    Afterwards there is room for one more.
    """
    many = len(seen) // _ENTRY
    spare = many - KEPT_AT_LEAST
    oldest = hour - KEPT_FOR // HOUR
    drop = many - KEPT_AT_MOST + 1 if many >= KEPT_AT_MOST else 0
    while drop <= spare and _hour_of(seen, drop) < oldest:
        drop += 1
    return seen[drop * _ENTRY :]


def _hour_of(seen: bytes, index: int) -> int:
    start = index * _ENTRY + _HASH
    return int.from_bytes(seen[start : start + _ENTRY - _HASH], "big", signed=True)


def count_ids(seen: bytes) -> int:
    """How many message ids are remembered."""
    return len(seen) // _ENTRY
