"""The traits of an `identify`: in `traits`, or with RudderStack's libraries in `context.traits`.

A trait that can't be kept is ignored, and the others stay: an object, a list, a name or a text
that is too long, a birthday that is no date. Traits beyond the limit are ignored, too.
"""

import re
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.messages.reading.consent import read_consent
from schemas.messages.reading.field_names import TRAIT_NAMES, set_names
from schemas.messages.reading.json_text import Json, PassedOver
from schemas.messages.reading.times import day_in
from schemas.messages.spelling import folded
from schemas.messages.traits import (
    BIRTHDAY,
    CONSENT,
    KEPT_TRAITS,
    LONGEST_NAME,
    READ_TRAITS,
    KeptNames,
    beyond_room,
    day_of,
    trait_value,
)

OTHER_PLACES: Final = ("consent", "context.consent", "properties.consent")
"""Fields of an `identify` that are not read as consent: it may be about cookies."""

_OLDEST: Final = timedelta(days=125 * 366)
"""No living person is older."""
_DAY: Final = timedelta(days=1)
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
"""In a date with points the day comes first."""


def trait_path(name: str) -> str:
    """The path of a trait that is ignored; a long name is cut."""
    return f"traits.{name[:LONGEST_NAME]}"


def set_traits(
    content: Json, received: datetime | None, kept: KeptNames, pass_over: PassedOver
) -> None:
    """Put the traits of an `identify` into `traits`, in the contract's form."""
    context = content.get("context")
    places = (content, context, content.get("properties"))
    for path, place in zip(OTHER_PLACES, places, strict=True):
        if isinstance(place, dict):
            _leave_out_consent(place, path, pass_over)
    traits = content.get("traits")
    if traits is None and isinstance(context, dict):
        traits = context.get("traits")
    if not isinstance(traits, dict):
        return
    traits = dict(traits)
    set_names(traits, TRAIT_NAMES, "traits.", pass_over)
    readable: Json = {}
    for name, sent in traits.items():
        if sent is None:
            continue
        value = _read(name, sent, received, kept, pass_over)
        if value is not None:
            readable[name] = value
    for name in beyond_room(readable.keys() - {CONSENT}, READ_TRAITS | kept.traits, KEPT_TRAITS):
        del readable[name]
        pass_over(trait_path(name))
    content["traits"] = readable


def _leave_out_consent(place: Json, path: str, pass_over: PassedOver) -> None:
    for name in [name for name in place if folded(name) == CONSENT]:
        if place.pop(name) is not None:
            pass_over(path)


def _read(
    name: str, sent: object, received: datetime | None, kept: KeptNames, pass_over: PassedOver
) -> Any:
    """The trait in the contract's form, or None if nothing is left of it."""
    path = trait_path(name)
    if name == CONSENT:
        return read_consent(sent, kept.purposes, path, pass_over)
    if name == BIRTHDAY:
        value: Any = _birthday(sent, received)
    else:
        value = trait_value(name, sent)
    if value is None or not _is_writable({name: value}):
        pass_over(path)
        return None
    return value


def _birthday(sent: object, received: datetime | None) -> str | None:
    """The date on which a person was born who is alive at the time of arrival; else None."""
    if not isinstance(sent, str):
        return None
    text = sent.strip()
    dotted = _DOTTED.fullmatch(text)
    day = f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}" if dotted else day_in(text) or text
    born = day_of(day)
    if born is None or received is None:
        return None if born is None else day
    here = received.date()
    return day if here - _OLDEST <= born <= here + _DAY else None


def _is_writable(trait: Json) -> bool:
    """False if the trait has half an emoji in it."""
    try:
        msgspec.json.encode(trait)
    except UnicodeError:
        return False
    return True
