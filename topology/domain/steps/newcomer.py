"""Newcomer: the row of a customer of whom nothing is known yet."""

from topology.domain.history.dimensions import by_name
from topology.domain.history.instant import Instant
from topology.domain.history.person import NOBODY, Person
from topology.domain.history.state import ROW_VERSION, History, State, with_person
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.score import score


def newcomer(
    profile: str, *, at: Instant, book: Rulebook, is_user: bool, person: Person = NOBODY
) -> State:
    """A row without a history; `person` has what outlasts an erasure."""
    nothing = with_person(History(at, at), person)
    return State(
        version=ROW_VERSION,
        policy_version=book.version,
        wake_at=None,
        customer_id=profile,
        as_of=at,
        currency=book.currency,
        settles_at=None,
        clock=0,
        sequence=0,
        scores=score(nothing, at, book),
        history=nothing,
        remembered=b"",
        seen=b"",
        known_by=is_user,
        **by_name(book.classifier.start),
    )
