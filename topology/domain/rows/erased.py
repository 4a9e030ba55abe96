"""Erasure tombstones: what is left of a name that was erased. Nobody can read the name from one."""

import hmac
from typing import Final

from msgspec import DecodeError

from topology.domain.history.instant import Instant
from topology.domain.history.record import Stored, decoder, encode
from topology.domain.history.suppression import Suppression

ERASED_VERSION: Final = -1
"""No row of a customer ever has this version."""

_PREFIX: Final = b"\0"
"""No name begins like that."""
_DIGEST: Final = 16
"""Bytes of a tombstone: enough that two names never share one."""
_SIZE: Final = len(_PREFIX) + _DIGEST


class ErasedError(Exception):
    """The entry of a tombstone can't be read."""


class Erased(Stored, frozen=True):
    """The entry of a tombstone. It begins like every row, and is never removed."""

    version: int
    policy_version: str
    wake_at: None
    customer_id: str
    as_of: Instant
    """Events of then or before are dropped."""
    salt: bytes
    """The fingerprint of the salt that the tombstone was made with."""
    suppression: Suppression | None = None
    """The latest suppression, without its reason: it still counts."""


_decode: Final = decoder(Erased)


def tombstone_of(salt: bytes, name: bytes) -> bytes:
    """The key of a name's tombstone: a salted hash, and no name."""
    return _PREFIX + hmac.digest(salt, name, "sha256")[:_DIGEST]


def is_tombstone(key: bytes) -> bool:
    """True if a key of the table is a tombstone."""
    return len(key) == _SIZE and key.startswith(_PREFIX)


def fingerprint_of(salt: bytes) -> bytes:
    """A hash that tells one salt from another without revealing it."""
    return hmac.digest(salt, _PREFIX, "sha256")[-8:]


def encode_erased(at: Instant, salt: bytes, suppression: Suppression | None = None) -> bytes:
    """The entry of a tombstone."""
    entry = Erased(
        version=ERASED_VERSION,
        policy_version="",
        wake_at=None,
        customer_id="",
        as_of=at,
        salt=fingerprint_of(salt),
        suppression=suppression,
    )
    return encode(entry)


def decode_erased(value: bytes) -> Erased:
    """Read the entry of a tombstone.

    Raises:
        ErasedError: it is none.
    """
    try:
        entry = _decode(value)
    except DecodeError as error:
        msg = f"no entry of an erasure: {error}"
        raise ErasedError(msg) from None
    if entry.version != ERASED_VERSION:
        msg = f"an entry of version {entry.version} under the mark of an erasure"
        raise ErasedError(msg)
    return entry
