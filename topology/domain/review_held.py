"""A decision on a held trigger, on the row of its customer."""

from topology.domain.history.instant import Instant
from topology.domain.history.memory import pack_memory
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.review import ReviewCommand, next_decision, review
from topology.domain.steps.step import Step
from topology.domain.steps.wake import due_at, next_wake


def review_held(state: State, command: ReviewCommand, now: Instant, book: Rulebook) -> Step:
    """Release or dismiss a held trigger of a row that is at its present.

    A release is decided where the row stands, by the same rules as a new trigger. A command that
    was carried out before changes nothing.
    """
    known = state.memory
    found = review(command, state, known, now, book)
    if found.memory is not known:
        state = replace(state, remembered=pack_memory(found.memory))
        if state.settles_at is None:
            opens = next_decision(state, found.memory, book)
            state = replace(state, wake_at=next_wake(state, book, opens))
    return Step(state, due_at(state, book), (), found.triggers, found.held)
