"""Plain names: those of a message in which a reading finds no field under another name.

The steps of a reading themselves say so, of a message that has the same names. So there is no
second form of their rules, and the answer for the names of one message serves all others like it.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final

from schemas.messages.reading.amounts import set_amount
from schemas.messages.reading.field_names import set_envelope_names, set_property_names
from schemas.messages.reading.json_text import Json
from schemas.messages.reading.near_names import UnclearFieldError, set_near_names
from schemas.messages.reading.times import TIME_FIELDS, UnreadableTimeError, set_time

LONGEST_NAMES: Final = 2_000
"""Characters of all names of a message. Of one with longer names the answer is not remembered."""

_VALUES: Final = (False, 0, "partial")
"""If a step may read a field under a name, or refuse it, it does so for one of these values."""
_TIME: Final = "2026-11-20T10:15:00+00:00"
_RECEIVED: Final = datetime.fromisoformat("2026-11-20T10:15:01+00:00")


@lru_cache(maxsize=1024)
def are_plain(event: str, outside: tuple[str, ...], inside: tuple[str, ...]) -> bool:
    """True if a reading leaves all fields of a track event where they are, whatever is in them.

    Its `sentAt` must change nothing: the time is known, and was corrected already, or is missing.

    Args:
        event: the name of the event.
        outside: the names at the top level that have values.
        inside: the names in the properties that have values.
    """
    return all(_stay(event, outside, inside, value) for value in _VALUES)


def _stay(event: str, outside: tuple[str, ...], inside: tuple[str, ...], value: object) -> bool:
    content = _message(event, outside, inside, value)
    passed_over = set[str]()
    try:
        set_envelope_names(content, passed_over.add)
        set_property_names(event, content["properties"], passed_over.add)
        set_time(content, _RECEIVED, passed_over.add)
        set_amount(content, passed_over.add)
        set_near_names(content, passed_over.add)
    except (UnclearFieldError, UnreadableTimeError):
        return False
    expected = _message(event, outside, inside, value)
    expected.pop("sentAt", None)
    return content == expected and not passed_over


def _message(event: str, outside: tuple[str, ...], inside: tuple[str, ...], value: object) -> Json:
    times = {name: _TIME for name in TIME_FIELDS if name in outside}
    properties = dict.fromkeys(inside, value)
    known = {"type": "track", "event": event, "properties": properties}
    return dict.fromkeys(outside, value) | times | known
