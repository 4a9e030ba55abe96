"""Limits: how often, and at what hours, a customer may be addressed."""

import re
from datetime import time
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from schemas.policy.duration import Duration
from schemas.policy.part import PURPOSE, Fault, PolicyPart, refuse

_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_TEXT: Final = re.compile(_PATTERN.removesuffix("$"))

_NO_TIME: Final = "write a time of day from '00:00' to '23:59', such as '08:00'"
_NO_TEXT: Final = "write a time of day in quotes, such as '20:00'; without them YAML reads a number"


def _parse(value: Any) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TEXT.fullmatch(value):
        return time.fromisoformat(value)
    raise ValueError(_NO_TIME if isinstance(value, str) else _NO_TEXT)


TimeOfDay = Annotated[
    time,
    BeforeValidator(_parse),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str, when_used="always"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["20:00"]}),
]


Purpose = Annotated[str, Field(pattern=PURPOSE, examples=["marketing"])]
"""A purpose of consent, as `identify` names it."""


class FrequencyCap(PolicyPart):
    """At most so many promotional triggers for one customer within this time, over all rules."""

    at_most: Annotated[int, Field(ge=1, le=8, strict=True)]
    within: Duration


class QuietHours(PolicyPart):
    """The hours in which no customer is addressed; mostly over midnight."""

    start: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start == self.end:
            refuse([Fault(("to",), "quiet hours end at another time than they begin")])
        return self
