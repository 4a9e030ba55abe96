"""What JSON may not pass off as something else: NaN as an id, true as 1, a number as a time.

pydantic alone would take these; the decoder that is derived from the contracts never does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function


@dataclass(frozen=True, slots=True)
class Beforehand:
    """Annotates a type with a look at the input, before pydantic reads it."""

    look: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Put the look before the type's own schema."""
        return no_info_before_validator_function(self.look, handler(source))


def _id(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    if not isfinite(value):
        raise PydanticCustomError("plain_json", "an id can't be NaN or infinite")
    return int(value) if value.is_integer() else value


NUMBER_AS_TEXT: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""A number that was written as text: as in JSON, but for a plus sign, zeros before it, and a point
at its beginning or end. What groups digits, or is another sign for the point, is none: 1,000 is one
thousand to some, and one to others."""


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("plain_json", "write a number, not true or false")
    if isinstance(value, str):
        text = value.strip()
        if NUMBER_AS_TEXT.fullmatch(text) is None:
            raise PydanticCustomError("plain_json", "write a number, such as 59.90")
        return text
    return value


def number_in(said: object) -> float | None:
    """The number that JSON says, or text with blanks around it; None if it is none, or infinite."""
    try:
        number = float(_number(said)) if isinstance(said, str | int | float) else None
    except (PydanticCustomError, OverflowError):
        return None
    return number if number is not None and isfinite(number) else None


def _moment(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise PydanticCustomError(
        "plain_json", "write a time with its zone, such as 2026-11-20T10:15:00Z"
    )


PLAIN_ID: Final = Beforehand(_id)
"""A number becomes its text, 12.0 as 12; NaN and infinity name nobody."""

PLAIN_NUMBER: Final = Beforehand(_number)
"""A number, or one written as text (`NUMBER_AS_TEXT`), with or without blanks around it."""

PLAIN_DATETIME: Final = Beforehand(_moment)
"""ISO 8601 text, never a number of seconds, not even in quotes."""
