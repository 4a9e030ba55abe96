"""When to try again, and when to give up."""

from datetime import datetime, timedelta
from typing import Final

FIRST_S: Final = 5.0
LONGEST_S: Final = 3600.0
LONGEST_REST_S: Final = 6 * 3600.0
"""An endpoint may ask for a longer pause, but does not get it: it would lose its triggers."""
GIVE_UP_AFTER: Final = timedelta(days=1)


def pause_s(attempts: int, chance: float) -> float:
    """Return the pause after the attempt of this number, from 1.

    It doubles, and is any part of that (full jitter): `chance` is uniform from 0 to 1.
    """
    doublings = min(attempts - 1, 32)
    return min(LONGEST_S, FIRST_S * 2.0**doublings) * chance


def rest_s(retry_after_s: float | None) -> float:
    """Return how long an endpoint is left alone that asked for it."""
    return min(retry_after_s or 0.0, LONGEST_REST_S)


def is_over(first_at: datetime, next_at: datetime) -> bool:
    """Whether the next attempt would come too late."""
    return next_at - first_at > GIVE_UP_AFTER
