"""The bytes of a message as an object, with what some libraries write instead of JSON.

Python writes NaN, JavaScript half an emoji (a lone surrogate), and a number may have thousands of
digits. None of them costs the message: only the value is unreadable.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from pydantic_core import from_json

Json: TypeAlias = dict[str, Any]
"""A message as JSON has it."""

_TOO_DEEP: Final = "it is nested too deeply"

PassedOver: TypeAlias = Callable[[str], object]
"""Called with the path of a field that is ignored."""


_LONG_NUMBER: Final = re.compile(rb"\d{4301}")
"""More digits than Python and pydantic read as an integer."""


def is_absent(value: object) -> bool:
    """True for null and empty text: the field counts as absent."""
    return value is None or value == ""


def parse(value: bytes) -> Any:
    """Return what is written there. A byte order mark before it is no part of it.

    Raises:
        ValueError: this is no JSON in UTF-8, or it is nested too deeply.
    """
    value = value.removeprefix(BOM_UTF8)
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return from_json(value)
    except ValueError:
        if b"\\u" not in value and _LONG_NUMBER.search(value) is None:
            raise
    return parse_leniently(value)


def strict_object(value: bytes) -> Json | None:
    """Return the object in a text of strict JSON; None if `parse` is to look what is written."""
    try:
        content = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def parse_leniently(value: bytes) -> Any:
    """Return the value of a text that is JSON but for NaN and half emojis.

    A number with too many digits for an integer becomes infinite, as one with a large exponent.

    Raises:
        ValueError: this is no JSON in UTF-8, or it is nested too deeply.
    """
    try:
        return json.loads(value.decode(), parse_int=_integer)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        return float(digits)


class Encoded(NamedTuple):
    """The bytes of a message, and whether they are strict JSON."""

    value: bytes
    is_strict: bool


def encode(content: Json) -> bytes:
    """Return the bytes of a message. NaN becomes null.

    Raises:
        ValueError: it is nested too deeply.
    """
    try:
        return msgspec.json.encode(content)
    except (UnicodeError, OverflowError):  # Half an emoji, or a very large number.
        return _dumped(content)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def encode_exactly(content: Json) -> Encoded:
    """Return the bytes of a message. NaN stays as it was sent, which is no strict JSON.

    Raises:
        ValueError: it is nested too deeply.
    """
    try:
        value = msgspec.json.encode(content)
    except (UnicodeError, OverflowError):
        return Encoded(_dumped(content), is_strict=False)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if b"null" not in value:
        return Encoded(value, is_strict=True)
    dumped = _dumped(content)
    has_nan = b"NaN" in dumped or b"Infinity" in dumped
    return Encoded(dumped, is_strict=not has_nan)


def _dumped(content: Json) -> bytes:
    try:
        return json.dumps(content).encode()
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
