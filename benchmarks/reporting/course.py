"""The course of a run: what had happened by which second."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class Course:
    """Lists of the same length. `seconds` count from the instant at which customers were due."""

    seconds: list[float]
    seen: list[int]
    """Customers that had been seen by then."""
    new_events_max_ms: list[float]
    """Of the new events that were meant to be sent in the step up to then, the slowest."""


def course(
    seen_at: Iterable[float], new: Sequence[tuple[float, float]], due: float, end: float
) -> Course:
    """The course from 2 s before `due` to `end`. `new` holds times and their latencies in ms."""
    ordered = sorted(seen_at)
    steps = range(-4, int((end - due) / _STEP_S) + 2)
    result = Course([], [], [])
    for step in steps:
        until = due + step * _STEP_S
        taken = (ms for meant, ms in new if until - _STEP_S < meant <= until)
        result.seconds.append(step * _STEP_S)
        result.seen.append(bisect_right(ordered, until))
        result.new_events_max_ms.append(round(max(taken, default=0.0), 1))
    return result
