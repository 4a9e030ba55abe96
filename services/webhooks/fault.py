"""A fault of our own that has stopped something, and when that is tried again: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Final

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)
FORGIVEN_AFTER: Final = timedelta(minutes=1)
"""What has been at work for so long since it was tried again counts as mended."""
_MOST_DOUBLINGS: Final = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something stands still, for the how many-th time in a row, and until when."""

    at: datetime
    reason: str
    """What was raised and where, without any values: they may be about a person."""
    count: int
    again_at: datetime

    @property
    def forgiven_at(self) -> datetime:
        """When nothing will have gone wrong for long enough since it was tried again."""
        return self.again_at + FORGIVEN_AFTER

    def is_forgiven(self, now: datetime) -> bool:
        """Whether that is over."""
        return now >= self.forgiven_at


def fault_after(before: Fault | None, error: BaseException, now: datetime) -> Fault:
    """Return what is known after an error; `before` is the last fault of the same thing."""
    count = 1 if before is None or before.is_forgiven(now) else before.count + 1
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(count - 1, _MOST_DOUBLINGS))
    return Fault(now, _reason(error), count, now + pause)


def _reason(error: BaseException) -> str:
    kind, frames = type(error).__name__, extract_tb(error.__traceback__)
    if not frames:
        return kind
    file = frames[-1].filename.rpartition("/")[2]
    return f"{kind} in {frames[-1].name} ({file}:{frames[-1].lineno})"
