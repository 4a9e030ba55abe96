"""Checks of JSON values before pydantic converts them: NaN is no id, true is not 1.

Pydantic alone would accept such values; the decoder that is derived from the contracts never does.
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
    """Annotates a type with a check of the input, before pydantic reads it."""

    check: Callable[[Any], Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Put the check before the type's own schema."""
        return no_info_before_validator_function(self.check, handler(source))


def _id(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    if not isfinite(value):
        raise PydanticCustomError("plain_json", "an id can't be NaN or infinite")
    return int(value) if value.is_integer() else value


NUMBER_AS_TEXT: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""A number as text: as in JSON, and with a plus sign, leading zeros, and a point at either end.

Digits are not grouped, and only a point is a decimal sign: 1,000 is one thousand to some people,
and one to others.
"""


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("plain_json", "write a number, not true or false")
    if isinstance(value, str):
        text = value.strip()
        if NUMBER_AS_TEXT.fullmatch(text) is None:
            raise PydanticCustomError("plain_json", "write a number, such as 59.90")
        return text
    return value


def number_in(value: object) -> float | None:
    """The number of a JSON value, also as text with blanks around it; None if it is not finite."""
    try:
        number = float(_number(value)) if isinstance(value, str | int | float) else None
    except (PydanticCustomError, OverflowError):
        return None
    return number if number is not None and isfinite(number) else None


def _time(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise PydanticCustomError(
        "plain_json", "write a time with its zone, such as 2026-11-20T10:15:00Z"
    )


PLAIN_ID: Final = Beforehand(_id)
"""A number becomes its text, 12.0 as 12; NaN and infinity name nobody."""

PLAIN_NUMBER: Final = Beforehand(_number)
"""A number, or one written as text (`NUMBER_AS_TEXT`), with or without blanks around it."""

PLAIN_DATETIME: Final = Beforehand(_time)
"""ISO 8601 text, never a number of seconds, not even in quotes."""
