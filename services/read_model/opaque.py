"""Opaque, URL-safe text for cursors: what was not written here is refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from enum import IntEnum
from hashlib import sha256
from typing import Final

_CHECK: Final = 4


class Kind(IntEnum):
    """What a cursor is for. A new layout is a new kind."""

    TRIGGERS = 1
    CUSTOMERS = 2
    TRANSITIONS = 3
    CUSTOMER_STREAM = 4
    SUPPRESSIONS = 5
    DEAD_LETTERS = 6
    RETRIES = 7


class OpaqueError(ValueError):
    """A text that is no cursor, or one of another list. `str()` says which."""


def seal(kind: Kind, content: bytes) -> str:
    """Turn `content` into text. The same content always gives the same text."""
    body = bytes([kind]) + content
    return urlsafe_b64encode(body + _check(body)).decode().rstrip("=")


def unseal(kind: Kind, text: str) -> bytes:
    """Return what was sealed.

    Raises:
        OpaqueError: the text was not made by `seal`, or for another kind.
    """
    whole = _decoded(text)
    body = whole[:-_CHECK]
    if whole[-_CHECK:] != _check(body):
        raise OpaqueError("this is no cursor: take `next` of an earlier answer as it is")
    if body[:1] != bytes([kind]):
        raise OpaqueError("this cursor is of another list: take `next` of an answer of this one")
    return body[1:]


def _decoded(text: str) -> bytes:
    try:
        whole = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (NotBase64, UnicodeEncodeError):
        return b""
    return whole if urlsafe_b64encode(whole).decode().rstrip("=") == text else b""


def _check(body: bytes) -> bytes:
    return sha256(body).digest()[:_CHECK]
