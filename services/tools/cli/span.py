"""Spans of time on the command line."""

from datetime import timedelta

import click

from services.trials.days import read_days


class Days(click.ParamType):
    """A whole number of days or weeks, such as 90d or 12w."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Parse the span, or fail with a hint."""
        if isinstance(value, timedelta):
            return value
        try:
            return read_days(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
