"""The bytes of a message as an object, with what some libraries write instead of JSON.

Python writes NaN, and JavaScript half an emoji: a lone surrogate. Neither costs the message: the
value can't be read, and counts as such.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from pydantic_core import from_json

Json: TypeAlias = dict[str, Any]
"""A message as it travels."""

PassedOver: TypeAlias = Callable[[str], object]
"""Hears the path of a field that is passed over."""


def says_nothing(value: object) -> bool:
    """True for null and empty text: such a field is as good as absent."""
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
        if b"\\u" not in value:
            raise
    try:
        return json.loads(value.decode())
    except RecursionError:
        msg = "it is nested too deeply"
        raise ValueError(msg) from None


def written(content: Json, *, exactly: bool = False) -> bytes:
    """Return the bytes of a message. NaN is written as null, or exactly as it came.

    Raises:
        ValueError: it is nested too deeply.
    """
    try:
        return _written(content, exactly=exactly)
    except RecursionError:
        msg = "it is nested too deeply"
        raise ValueError(msg) from None


def _written(content: Json, *, exactly: bool) -> bytes:
    try:
        value = msgspec.json.encode(content)
    except (UnicodeError, OverflowError):  # Half an emoji, or a very large number.
        return json.dumps(content).encode()
    return json.dumps(content).encode() if exactly and b"null" in value else value
