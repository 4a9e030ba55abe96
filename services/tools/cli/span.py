"""Spans of time on the command line."""

import re
from datetime import timedelta
from typing import Final

import click

_TEXT: Final = re.compile(r"([1-9][0-9]{0,4})([dw])")
_DAYS: Final = {"d": 1, "w": 7}


class Days(click.ParamType):
    """A whole number of days or weeks, such as 90d or 12w."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Parse the span, or fail with a hint."""
        if isinstance(value, timedelta):
            return value
        match = _TEXT.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is no span; write days or weeks, such as 90d or 12w", param, ctx)
        return timedelta(days=int(match[1]) * _DAYS[match[2]])
