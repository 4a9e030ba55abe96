"""The promotion gate: whether a promotion may go out now, and if not, why and until when."""

from typing import Final

from schemas.policy.care import COMPLAINT_OPEN
from topology.domain.history.consent import consents_to
from topology.domain.history.instant import NEVER, Instant
from topology.domain.history.memory import Memory
from topology.domain.history.state import State
from topology.domain.history.suppression import is_suppressed
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.situation import AGE, HISTORY, POLICY, QUIET

KEPT_PROMOTED: Final = 8
"""So many promotional triggers are remembered: no cap counts more."""

SUPPRESSED: Final = "suppressed"
CARE: Final = "care"
CONSENT: Final = "consent"
REST: Final = "rest"
CAP: Final = "cap"

REASONS: Final = {
    SUPPRESSED: "the customer is on the suppression list: no promotion, whatever else holds",
    CARE: "a complaint or bad review is open: personal contact comes first",
    CONSENT: "the customer has not agreed to promotion, or no longer does",
    REST: "the last attempts went without an answer: nothing until the customer acts",
    CAP: "there was enough promotion of late",
    AGE: "it comes too late to be sent: the events came in long after they had happened",
    HISTORY: "not all older events of this customer had come in then, so it might not be true",
    QUIET: "it follows from an import that was marked as quiet",
    POLICY: "a changed policy set it off, and not the customer",
}


def held_by(state: State, book: Rulebook) -> str | None:
    """Why promotion is held for this customer, the caps aside."""
    history = state.history
    if is_suppressed(history.person.suppression):
        return SUPPRESSED
    if state.care == COMPLAINT_OPEN:
        return CARE
    needed = book.needs_consent
    if needed is not None and not consents_to(history.person.purposes, needed):
        return CONSENT
    if len(history.attempts) >= book.rest_after:
        return REST
    return None


def held_now(state: State, memory: Memory, at: Instant, book: Rulebook) -> str | None:
    """Why promotion is held at an instant, by a cap, too; None if it is not."""
    held = held_by(state, book)
    return CAP if held is None and capped(memory, at, book) else held


def opens_at(state: State, memory: Memory, book: Rulebook) -> Instant:
    """From when on held promotions may go out, as things are; it may be long ago.

    `NEVER` if none is held, or if the reason has no end of its own.
    """
    if not memory.holds or held_by(state, book) is not None:
        return NEVER
    return cap_ends(memory, book)


def cap_ends(memory: Memory, book: Rulebook) -> Instant:
    """From when on the caps let another promotion through; before all instants if always."""
    promoted = memory.promoted
    ends = -NEVER
    for at_most, within in book.caps:
        if len(promoted) >= at_most and promoted[-at_most] + within > ends:
            ends = promoted[-at_most] + within
    return ends


def capped(memory: Memory, at: Instant, book: Rulebook) -> bool:
    """True if the caps let no promotion through at an instant."""
    return at < cap_ends(memory, book)
