"""A time as people write it: an instant, a day, or how long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

HOW: Final = "write an instant such as 2026-11-20T10:00:00Z, a day (UTC), or how long ago: 2h, 7d"
_AGO: Final = re.compile(r"(\d{1,6})(s|m|h|d|w)", re.ASCII)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAY: Final = len("2026-11-20")


def moment_in(text: str, now: datetime) -> datetime:
    """The instant that a text means.

    Raises:
        ValueError: it means none; the text says what to write.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            return now - int(ago[1]) * _UNITS[ago[2]]
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None and len(text.strip()) == _DAY:
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(HOW)
