"""What is told of a person: `traits`, or with RudderStack's libraries `context.traits`.

A trait that can't be kept is passed over by its name, and the others stay: an object, a list, a
name or a text that is too long, a birthday that is none. So are those that are too many.
"""

import re
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from schemas.messages.reading.consent import read_consent
from schemas.messages.reading.json_text import Json, PassedOver
from schemas.messages.reading.times import day_in
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

OTHER_PLACES: Final = ("consent", "context.consent")
"""Where an `identify` may say something of consent that is not read: cookies, or nobody's field."""

_OLDEST: Final = timedelta(days=125 * 366)
"""Nobody is older."""
_DAY: Final = timedelta(days=1)
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
"""With points the day comes first, wherever dates have points."""


def trait_path(name: str) -> str:
    """How a trait that is passed over is named: by as much as a name may have."""
    return f"traits.{name[:LONGEST_NAME]}"


def set_traits(
    content: Json, received: datetime | None, kept: KeptNames, pass_over: PassedOver
) -> None:
    """Put the traits of an `identify` where the contract has them, in its form."""
    context = content.get("context")
    for name, place in (("consent", content), ("context.consent", context)):
        if isinstance(place, dict) and place.pop("consent", None) is not None:
            pass_over(name)
    traits = content.get("traits")
    if traits is None and isinstance(context, dict):
        traits = context.get("traits")
    if not isinstance(traits, dict):
        return
    readable: Json = {}
    for name, said in traits.items():
        if said is None:
            continue
        value = _read(name, said, received, kept, pass_over)
        if value is not None:
            readable[name] = value
    for name in beyond_room(readable.keys() - {CONSENT}, READ_TRAITS | kept.traits, KEPT_TRAITS):
        del readable[name]
        pass_over(trait_path(name))
    content["traits"] = readable


def _read(
    name: str, said: object, received: datetime | None, kept: KeptNames, pass_over: PassedOver
) -> Any:
    """The trait in the contract's form, or None if nothing is left of it."""
    path = trait_path(name)
    if name == CONSENT:
        return read_consent(said, kept.purposes, path, pass_over)
    if name == BIRTHDAY:
        value: Any = _birthday(said, received)
    else:
        value = trait_value(name, said)
    if value is None or not _is_writable({name: value}):
        pass_over(path)
        return None
    return value


def _birthday(said: object, received: datetime | None) -> str | None:
    """A date of the calendar on which somebody who lives was born, by the time of arrival."""
    if not isinstance(said, str):
        return None
    text = said.strip()
    dotted = _DOTTED.fullmatch(text)
    day = f"{dotted[3]}-{dotted[2]:0>2}-{dotted[1]:0>2}" if dotted else day_in(text) or text
    born = day_of(day)
    if born is None or received is None:
        return None if born is None else day
    here = received.date()
    return day if here - _OLDEST <= born <= here + _DAY else None


def _is_writable(trait: Json) -> bool:
    """False if half an emoji is in it."""
    try:
        msgspec.json.encode(trait)
    except UnicodeError:
        return False
    return True
