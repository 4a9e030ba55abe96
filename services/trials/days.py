"""Days: a span of time as people write it for a trial."""

import re
from datetime import timedelta
from typing import Final

_TEXT: Final = re.compile(r"([1-9][0-9]{0,4})([dw])")
_DAYS: Final = {"d": 1, "w": 7}


def read_days(text: str) -> timedelta:
    """Read whole days or weeks, such as 90d or 12w.

    Raises:
        ValueError: it is something else; the message says what to write.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        msg = f"{text!r} is no span; write days or weeks, such as 90d or 12w"
        raise ValueError(msg)
    return timedelta(days=int(match[1]) * _DAYS[match[2]])
