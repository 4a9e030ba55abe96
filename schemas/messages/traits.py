"""Traits: what of them can be kept, and under which names the product reads some itself."""

import re
from collections.abc import Collection, Iterable
from datetime import date
from math import isfinite
from typing import Final, TypeAlias

KEPT_TRAITS: Final = 50
"""Beside those that are always kept."""
LONGEST_NAME: Final = 64
"""Characters."""
LONGEST_TEXT: Final = 256
"""Characters."""

KEPT_PURPOSES: Final = 20
"""Of consent, beside those that are always kept."""
LONGEST_PURPOSE: Final = 64
"""Characters."""

CONSENT: Final = "consent"
"""The trait that says what was agreed to."""
TIME_ZONE: Final = "timezone"
BIRTHDAY: Final = "birthday"

READ_TRAITS: Final = frozenset({TIME_ZONE, BIRTHDAY})
"""The product reads these itself, whatever the policy names."""

_LARGEST: Final = 1 << 63
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Value: TypeAlias = bool | int | float | str


def trait_value(name: str, said: object) -> Value | None:
    """The value under which a trait is kept, or None if it can't be: an object, or too long.

    A birthday is a date of the calendar.
    """
    if len(name) > LONGEST_NAME:
        return None
    if name == BIRTHDAY:
        return said if isinstance(said, str) and day_of(said) is not None else None
    if isinstance(said, str):
        return said if len(said) <= LONGEST_TEXT else None
    if isinstance(said, bool | int):
        return said if abs(said) < _LARGEST else None
    return said if isinstance(said, float) and isfinite(said) else None


def day_of(said: str) -> date | None:
    """The day of a date as the contract has it, such as 1980-12-31; None if it is none."""
    try:
        return date.fromisoformat(said) if _DATE.fullmatch(said) else None
    except ValueError:
        return None


def beyond_room(names: Iterable[str], always: Collection[str], room: int) -> list[str]:
    """The names that are too many, if all of them are told at once; those in `always` stay."""
    others = sorted(name for name in names if name not in always)
    return others[: max(len(others) - room, 0)]
