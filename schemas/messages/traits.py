"""Traits of a customer: which values are kept, and how many."""

import re
from collections.abc import Collection, Iterable
from datetime import date
from math import isfinite
from typing import Final, NamedTuple, TypeAlias

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
"""The trait with the purposes that a customer agreed to."""
TIME_ZONE: Final = "timezone"
BIRTHDAY: Final = "birthday"

READ_TRAITS: Final = frozenset({TIME_ZONE, BIRTHDAY})
"""The product reads these traits itself, whatever the policy names."""


class KeptNames(NamedTuple):
    """Names that no limit drops, because the product or its policy reads them."""

    traits: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    """Purposes of consent."""


NO_NAMES: Final = KeptNames()

_LARGEST: Final = 1 << 63
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Value: TypeAlias = bool | int | float | str


def trait_value(name: str, value: object) -> Value | None:
    """The value of a trait as it is kept, or None if it can't be kept: an object, or too long.

    A birthday must be a date of the calendar.
    """
    if len(name) > LONGEST_NAME:
        return None
    if name == BIRTHDAY:
        return value if isinstance(value, str) and day_of(value) is not None else None
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else None
    if isinstance(value, bool | int):
        return value if abs(value) < _LARGEST else None
    return value if isinstance(value, float) and isfinite(value) else None


def day_of(text: str) -> date | None:
    """The day of a date as the contract has it, such as 1980-12-31; None if it is none."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def beyond_room(names: Iterable[str], always: Collection[str], room: int) -> list[str]:
    """The names for which there is no room, of one message. Those in `always` are kept."""
    others = sorted(name for name in names if name not in always)
    return others[: max(len(others) - room, 0)]
