"""Care: is service recovery under way, is the customer recovering, and until when?"""

from collections.abc import Iterator

from schemas.policy.care import CALM, COMPLAINT_OPEN, RECOVERING
from topology.domain.history.instant import Instant
from topology.domain.history.state import COMPLAINT, Case, History, Resolution
from topology.domain.policy.classifier import Dimensions
from topology.domain.policy.rulebook import Rulebook


def care_of(history: History, at: Instant, book: Rulebook) -> str:
    """Return the care at the instant `at`."""
    care = CALM
    for case in history.cases:
        if case.opened_at <= at:
            closed = closed_at(case, history, book)
            if at < closed:
                return COMPLAINT_OPEN
            if at < closed + book.recovering_for:
                care = RECOVERING
    return care


def with_care(values: Dimensions, history: History, at: Instant, book: Rulebook) -> Dimensions:
    """The values of a customer who is calm, with the care at the instant `at`."""
    care = care_of(history, at, book)
    return values if care == CALM else values._replace(care=care)


def open_cases(history: History, at: Instant, book: Rulebook) -> tuple[Case, ...]:
    """The cases that are neither closed nor run out at the instant `at`."""
    return tuple(
        case for case in history.cases if case.opened_at <= at < closed_at(case, history, book)
    )


def closed_at(case: Case, history: History, book: Rulebook) -> Instant:
    """When a case is closed, or will be at the latest."""
    ends = case.opened_at + book.open_for
    for end in history.resolutions:
        if end.at < ends and closes(end, case):
            ends = end.at
    return ends


def closes(end: Resolution, case: Case) -> bool:
    """True if it ends the case, unless another end came before."""
    if case.opened_at > end.at or end.delivered == (case.kind == COMPLAINT):
        return False
    same = end.delivered or None in {case.ticket_id, end.ticket_id}
    return same or case.ticket_id == end.ticket_id


def changes_of_care(history: History, book: Rulebook) -> Iterator[Instant]:
    """When cases end, and when recovering from them does."""
    for case in history.cases:
        closed = closed_at(case, history, book)
        yield closed
        if book.recovering_for:
            yield closed + book.recovering_for
