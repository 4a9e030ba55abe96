"""Opaque, URL-safe text for cursors. `unseal` refuses a text that `seal` has not made.

A cursor of whole numbers writes them as varints: seven bits a byte, low bits first.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from enum import IntEnum
from hashlib import sha256
from typing import Final

_CHECK: Final = 4
_MORE: Final = 0x80
_BITS: Final = 7


class Kind(IntEnum):
    """The list that a cursor belongs to. A new layout is a new kind."""

    TRIGGERS = 1
    CUSTOMERS = 2
    TRANSITIONS = 3
    CUSTOMER_STREAM = 4
    SUPPRESSIONS = 5
    DEAD_LETTERS = 6
    RETRIES = 7
    HELD = 8


class OpaqueError(ValueError):
    """The text is no cursor, or the cursor of another list, as the message says."""


def seal(kind: Kind, content: bytes) -> str:
    """Turn `content` into text. The same content always gives the same text."""
    body = bytes([kind]) + content
    return urlsafe_b64encode(body + _check(body)).decode().rstrip("=")


def unseal(kind: Kind, text: str) -> bytes:
    """Return the content that was sealed.

    Raises:
        OpaqueError: `seal` did not make the text, or made it for another kind.
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


def write_varints(numbers: Iterable[int]) -> bytes:
    """Write whole numbers, none of them negative."""
    return bytes(_septets(numbers))


def _septets(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        rest = number
        while rest >= _MORE:
            yield rest % _MORE | _MORE
            rest >>= _BITS
        yield rest


def read_varints(data: bytes) -> Iterator[int]:
    """Read the numbers that `write_varints` wrote."""
    number = shift = 0
    for septet in data:
        number |= (septet & ~_MORE) << shift
        shift += _BITS
        if septet < _MORE:
            yield number
            number = shift = 0
