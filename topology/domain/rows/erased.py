"""Erased: what is left of a name whose person was erased. The name itself can't be read from it."""

import hmac
from typing import Final

from msgspec import DecodeError, Struct, msgpack

from topology.domain.history.instant import Instant
from topology.domain.history.suppression import Suppression

ERASED_VERSION: Final = -1
"""No row of a customer ever has this version."""

_PREFIX: Final = b"\0"
"""No name begins like that."""
_DIGEST: Final = 16
"""Bytes of a mark: enough that two names never share one."""
_SIZE: Final = len(_PREFIX) + _DIGEST


class ErasedError(Exception):
    """Bytes under a mark that can't be read."""


class Erased(Struct, frozen=True, array_like=True, gc=False):
    """An entry in the table that begins like every row. It lies under a mark, and never goes."""

    version: int
    policy_version: str
    wake_at: None
    customer_id: str
    as_of: Instant
    """What happened then or before is not taken any more."""
    salt: bytes
    """The fingerprint of the salt that the mark was made with."""
    suppression: Suppression | None = None
    """The latest word on the suppression list, without its reason: it still counts."""


_ENCODE: Final = msgpack.Encoder().encode
_DECODE: Final = msgpack.Decoder(Erased).decode


def tombstone_of(salt: bytes, name: bytes) -> bytes:
    """The key under which it is kept that a name was erased: a salted hash, and no name."""
    return _PREFIX + hmac.digest(salt, name, "sha256")[:_DIGEST]


def is_tombstone(key: bytes) -> bool:
    """True if a key of the table is a mark."""
    return len(key) == _SIZE and key.startswith(_PREFIX)


def fingerprint_of(salt: bytes) -> bytes:
    """By what a salt is told from another one, without telling it."""
    return hmac.digest(salt, _PREFIX, "sha256")[-8:]


def encode_erased(at: Instant, salt: bytes, suppression: Suppression | None = None) -> bytes:
    """The entry under a mark."""
    entry = Erased(
        version=ERASED_VERSION,
        policy_version="",
        wake_at=None,
        customer_id="",
        as_of=at,
        salt=fingerprint_of(salt),
        suppression=suppression,
    )
    return _ENCODE(entry)


def decode_erased(value: bytes) -> Erased:
    """Read the entry under a mark.

    Raises:
        ErasedError: it is none.
    """
    try:
        entry = _DECODE(value)
    except DecodeError as error:
        msg = f"no entry of an erasure: {error}"
        raise ErasedError(msg) from None
    if entry.version != ERASED_VERSION:
        msg = f"an entry of version {entry.version} under the mark of an erasure"
        raise ErasedError(msg)
    return entry
