"""Settling: a row whose history is still coming in. Its clock waits: each rule decides once.

A newer order of an import may be on its way. So the row stays where its latest event put it until
the policy's `history_settles_after` has passed. Meanwhile its bytes have the values of now, for
whoever reads them, and keep in `paused` where the row goes on.
"""

from topology.domain.history.dimensions import by_name, values_of
from topology.domain.history.instant import Instant
from topology.domain.history.record import replace
from topology.domain.history.state import Paused, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.care import with_care
from topology.domain.steps.score import score


def as_viewed(state: State, at: Instant, book: Rulebook) -> State:
    """Return the row as it is written while it settles: with the values of the instant `at`."""
    at = max(at, state.as_of)
    scores = score(state.history, at, book)
    values = with_care(book.classifier.of(state.history, scores), state.history, at, book)
    return replace(
        state,
        as_of=at,
        scores=scores,
        paused=Paused(
            as_of=state.as_of,
            wake_at=state.wake_at,
            scores=state.scores,
            **by_name(values_of(state)),
        ),
        **by_name(values),
    )


def as_paused(state: State) -> State:
    """Return the row as it goes on, from what `as_viewed` made of it."""
    paused = state.paused
    if paused is None:
        return state
    return replace(
        state,
        as_of=paused.as_of,
        wake_at=paused.wake_at,
        scores=paused.scores,
        paused=None,
        **by_name(values_of(paused)),
    )
