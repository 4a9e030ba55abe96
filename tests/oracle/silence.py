"""What is not sent though it fires: what is old, and what half a history may have set off."""

from dataclasses import dataclass
from typing import Final

from tests.oracle.instant import Instant


@dataclass(frozen=True)
class Silence:
    """What becomes of what a settlement sets off.

    `sends` is whether what is no promotion is sent, `promotes` whether promotion is. Promotion that
    may not go out is kept for later if it `waits`, else it counts as fired. `since` is when the old
    event happened that all of it goes back to; None if it counts from now. `reason` is why not all
    of it is sent.
    """

    sends: bool
    promotes: bool
    waits: bool
    since: Instant | None = None
    reason: str = ""


LOUD: Final = Silence(sends=True, promotes=True, waits=True)


def of_clock(*, is_old: bool, is_doubtful: bool) -> Silence:
    """For what time alone sets off. It is in doubt while the history is not whole."""
    if is_doubtful:
        return Silence(sends=False, promotes=False, waits=False, reason="history")
    if is_old:
        return Silence(sends=False, promotes=False, waits=True, reason="age")
    return LOUD


def of_old_event(at: Instant, *, is_late: bool, is_quiet: bool) -> Silence:
    """For what an old event sets off. One that comes in order takes the way that it took then."""
    waits, reason = not is_late and not is_quiet, "quiet" if is_quiet else "age"
    return Silence(sends=False, promotes=False, waits=waits, since=at, reason=reason)


HALF_KNOWN: Final = Silence(sends=True, promotes=False, waits=False, reason="history")
"""For what an event of now sets off while older ones are still coming in."""
