"""The quick decoder: it decodes a usual track event that a reading would leave as it is."""

import re
from collections.abc import Callable
from typing import Any, Final

from schemas.messages import Message
from schemas.messages.fast import NOT_USUAL, TrackEvents, read_sparse_event, track_event_decoder
from schemas.messages.reading import Json
from schemas.messages.reading.ids import ID_PROPERTIES, needs_reading
from schemas.messages.reading.placeholder_ids import PLACEHOLDERS, is_placeholder
from schemas.messages.reading.times import may_have_received_at

_PLAIN_ID: Final = r"[0-9A-Za-z_.][A-Za-z_.0-]*+[1-9][0-9A-Za-z_.-]*+"
_PLAIN_IDS: Final = re.compile(rf"{_PLAIN_ID}(?:\n{_PLAIN_ID})*+").fullmatch
"""Matches ids, with a line break between two, that need no second look.

They have no unusual sign, no dash at the start, and later a digit other than 0: of all placeholders
only -1 has such a digit.
"""
_UNUSUAL: Final = re.compile(r"[^0-9A-Za-z_.-]").search
"""Finds a sign that makes an id worth a second look: few ids have one."""


class QuickDecoder:
    """Decodes usual track events."""

    def __init__(self, currency: str) -> None:
        self._decode = track_event_decoder(currency).decode
        self._usual = TrackEvents(currency).read
        self._corrected = TrackEvents(currency, corrected=True).read

    def read(self, value: bytes, content: Json | None = None) -> Message | None:
        """Return the message in `value` if it has all fields that decide; else None.

        It is in the policy's currency, if in any.

        `content` is the object in `value`, if it has been parsed.
        """
        try:
            if content is None and value.isascii():
                message: Message | None = self._decode(value)
            else:
                message = self._usual(value, content)
        except NOT_USUAL:
            message = self._read_corrected(value, content)
        return message if message is not None and has_usual_ids(message) else None

    def read_sparse(self, content: Json) -> Message | None:
        """Return the message in an object of strict JSON; None if it is to be read in full.

        Fields may be absent, and it may be in any currency.
        """
        try:
            message = read_sparse_event(content)
        except NOT_USUAL:
            return None
        return message if message is not None and has_usual_ids(message) else None

    def _read_corrected(self, value: bytes, content: Json | None) -> Message | None:
        """The message, if its time was corrected already, and it is usual otherwise."""
        if not may_have_received_at(value):
            return None
        try:
            return self._corrected(value, content)
        except NOT_USUAL:
            return None


def has_usual_ids(message: Any) -> bool:
    """True if a reading would leave all ids of a track event as they are."""
    name, other, own = message.user_id, message.anonymous_id, message.message_id
    if not name:
        name, other = other or message.profile, None
        if not name:
            return False
    ids = f"{name}\n{own}" if own else name
    if other:
        ids = f"{ids}\n{other}"
    for field in ID_PROPERTIES[message.event]:
        if record := getattr(message.properties, field):
            ids = f"{ids}\n{record}"
    return _PLAIN_IDS(ids) is not None or not _has_unusual_id(message, name, other)


def _has_unusual_id(message: Any, name: str, other: str | None) -> bool:
    """True if a reading would refuse, pass over, or change an id."""
    records = (getattr(message.properties, field) for field in ID_PROPERTIES[message.event])
    return any(_is_unusual(each, needs_reading) for each in (name, other)) or any(
        _is_unusual(each, is_placeholder) for each in (message.message_id, *records)
    )


def _is_unusual(value: str | None, needs_change: Callable[[str], bool]) -> bool:
    if not value:
        return False
    return value.lower() in PLACEHOLDERS or (_UNUSUAL(value) is not None and needs_change(value))
