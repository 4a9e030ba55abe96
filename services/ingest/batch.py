"""A batch: the messages of one request, each still as bytes.

A byte order mark before a body is no part of it.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from schemas.messages.reading import parse_time
from schemas.messages.reading.json_text import parse_leniently


class NotReadableError(ValueError):
    """The body as a whole can't be read. The text says why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of a request."""

    events: tuple[bytes, ...]
    sent_at: datetime | None = None
    """By the sender's clock."""
    context: Mapping[str, Any] | None = None
    """The context of every message, unless its own says otherwise."""
    alone: bool = False
    """True for one message that is in no list."""


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sent_at: Any = msgspec.field(default=None, name="sentAt")
    context: Any = None


_BATCH: Final = msgspec.json.Decoder(_Batch)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


def batch_in(body: bytes) -> Batch:
    """Take a body of `/v1/batch` apart.

    Raises:
        NotReadableError: it is no batch.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        found = _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _leniently(body)
    context = found.context if isinstance(found.context, dict) else None
    return Batch(tuple(map(bytes, found.batch)), parse_time(found.sent_at), context)


def one_in(body: bytes) -> Batch:
    """Return the batch of a body that is one message, good or bad."""
    return Batch((body,), alone=True)


def messages_in(body: bytes) -> Batch:
    """Take one message, or a list of them, apart.

    Raises:
        NotReadableError: it is neither.
    """
    body = body.removeprefix(BOM_UTF8)
    if body.lstrip()[:1] != b"[":
        return one_in(body)
    try:
        return Batch(tuple(map(bytes, _LIST.decode(body))))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Batch(_each(_parsed(body)))


def _leniently(body: bytes) -> Batch:
    """Take apart a body that is no strict JSON: one message with NaN does not cost the others."""
    content = _parsed(body)
    if not isinstance(content, dict) or not isinstance(content.get("batch"), list):
        raise NotReadableError('The body is no object with a list called "batch"')
    context = content.get("context")
    return Batch(
        _each(content["batch"]),
        parse_time(content.get("sentAt")),
        context if isinstance(context, dict) else None,
    )


def _parsed(body: bytes) -> Any:
    try:
        return parse_leniently(body)
    except ValueError as error:
        raise NotReadableError(f"The body is no JSON in UTF-8: {error}") from None


def _each(events: Any) -> tuple[bytes, ...]:
    try:
        return tuple(json.dumps(event).encode() for event in events)
    except RecursionError:
        raise NotReadableError("The body is nested too deeply") from None
