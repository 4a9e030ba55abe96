"""Reads fields of a payload. A field of another form than expected counts as missing."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from schemas.messages.reading.ids import as_name
from services.connect.mapped import Payload, UnmappableError

LONGEST: Final = 256
"""Characters of a text that is used."""
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s\x00-\x1f\x7f@]+@[^\s\x00-\x1f\x7f@]+")
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?", re.ASCII)


def at(value: object, *path: str) -> Any:
    """Return what stands at a path of objects, None if something on the way is missing."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def objects(value: object) -> Iterator[Payload]:
    """Return the objects of a list; anything else has none."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def text(value: object) -> str | None:
    """Return a text without outer blanks; a whole number is one, too."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 1 << 64 else ""
    if not isinstance(value, str):
        return None
    value = value.strip()
    return value if 0 < len(value) <= LONGEST else None


def identifier(value: object) -> str | None:
    """Return an id of the shop's; 0 is none."""
    found = text(value)
    return found if found is not None and _ID.fullmatch(found) and found != "0" else None


def email(value: object) -> str | None:
    """Return an e-mail address, which names a customer, as names are compared."""
    found = text(value)
    if found is None or not _EMAIL.fullmatch(found):
        return None
    return as_name(found)


def amount(value: object) -> Decimal | None:
    """Return an amount of money, which shops write as a text."""
    if isinstance(value, float):
        value = repr(value)
    found = text(value)
    return Decimal(found) if found is not None and _AMOUNT.fullmatch(found) else None


def needed(value: str | None, field: str) -> str:
    """Return a field that must be there.

    Raises:
        UnmappableError: it is not.
    """
    if value is None:
        raise UnmappableError(f"{field} is missing, or has an unexpected form")
    return value
