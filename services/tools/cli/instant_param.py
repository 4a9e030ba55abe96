"""An instant on the command line."""

from datetime import UTC, datetime

import click


class InstantParam(click.ParamType):
    """ISO 8601 with a time zone, such as 1998-07-01T00:00:00Z."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse the instant, or fail with a hint."""
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is no instant; write it as 1998-07-01T00:00:00Z", param, ctx)
        return instant.astimezone(UTC)
