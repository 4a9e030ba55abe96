"""Settling: a row whose history is still coming in. Its clock waits, so that all is decided once.

Nobody can know whether a newer order of an import is on its way. So the row stays where its latest
event put it until the policy's `history_settles_after` has passed. Its bytes say meanwhile how the
customer stands now, for whoever looks, and keep in `paused` where the row goes on.
"""

from msgspec.structs import replace

from topology.domain.history.instant import Instant
from topology.domain.history.state import Paused, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.care import care_of
from topology.domain.steps.score import score


def later(one: Instant | None, other: Instant | None) -> Instant | None:
    """The later of two instants, of which either may be missing."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def as_viewed(state: State, at: Instant, book: Rulebook) -> State:
    """Return the row as it is written while it settles: it says how the customer stands at `at`."""
    at = max(at, state.as_of)
    scores = score(state.history, at, book)
    segment, stage, tier = book.standings.of(state.history, scores)
    return replace(
        state,
        as_of=at,
        scores=scores,
        segment=segment,
        stage=stage,
        tier=tier,
        care=care_of(state.history, at, book),
        paused=Paused(
            state.as_of,
            state.wake_at,
            state.segment,
            state.stage,
            state.tier,
            state.care,
            state.scores,
        ),
    )


def as_paused(state: State) -> State:
    """Return the row as it goes on, from what `as_shown` made of it."""
    paused = state.paused
    if paused is None:
        return state
    return replace(
        state,
        as_of=paused.as_of,
        wake_at=paused.wake_at,
        segment=paused.segment,
        stage=paused.stage,
        tier=paused.tier,
        care=paused.care,
        scores=paused.scores,
        paused=None,
    )
