"""Parcel: the messages of one request, each still as bytes.

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
    """What a request holds."""

    events: tuple[bytes, ...]
    sent_at: datetime | None = None
    """By the sender's clock."""
    context: Mapping[str, Any] | None = None
    """What every message has in its context if it says nothing else."""
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
        NotReadableError: it is none.
    """
    body = body.removeprefix(BOM_UTF8)
    try:
        found = _BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _leniently(body)
    context = found.context if isinstance(found.context, dict) else None
    return Batch(tuple(map(bytes, found.batch)), parse_time(found.sent_at), context)


def one_in(body: bytes) -> Batch:
    """Take a body that is one message, whatever it says."""
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
        return Batch(_each(_object(body)))


def _leniently(body: bytes) -> Batch:
    """Take apart what is no strict JSON: only the message with NaN or half an emoji is bad."""
    said = _object(body)
    if not isinstance(said, dict) or not isinstance(said.get("batch"), list):
        raise NotReadableError('The body is no object with a list called "batch"')
    context = said.get("context")
    return Batch(
        _each(said["batch"]),
        parse_time(said.get("sentAt")),
        context if isinstance(context, dict) else None,
    )


def _object(body: bytes) -> Any:
    try:
        return parse_leniently(body)
    except ValueError as error:
        raise NotReadableError(f"The body is no JSON in UTF-8: {error}") from None


def _each(events: Any) -> tuple[bytes, ...]:
    try:
        return tuple(json.dumps(event).encode() for event in events)
    except RecursionError:
        raise NotReadableError("The body is nested too deeply") from None
