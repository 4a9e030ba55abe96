"""Limits: how often, and at what hours, a customer may be addressed."""

import re
from datetime import time
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from schemas.policy.duration import Duration
from schemas.policy.part import Fault, PolicyPart, refuse

_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _parse(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.match(_PATTERN, value):
        raise ValueError("write a time of day in quotes, such as '20:00'")
    return time.fromisoformat(value)


TimeOfDay = Annotated[
    time,
    BeforeValidator(_parse),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str, when_used="always"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["20:00"]}),
]


class FrequencyCap(PolicyPart):
    """At most so many promotional triggers for one customer within this time, over all rules."""

    at_most: Annotated[int, Field(ge=1, le=8, strict=True)]
    within: Duration


class QuietHours(PolicyPart):
    """From when until when nobody is to be disturbed; mostly over midnight."""

    start: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.start == self.end:
            refuse([Fault(("to",), "quiet hours end at another time than they begin")])
        return self
