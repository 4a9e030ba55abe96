"""Care: is service recovery under way, and until when?"""

from topology.domain.instant import Instant
from topology.domain.rulebook import Rulebook
from topology.domain.state import Case, Facts


def open_cases(facts: Facts, at: Instant, book: Rulebook) -> tuple[Case, ...]:
    """The complaints and bad reviews that are neither resolved nor run out at the instant `at`."""
    if not facts.cases:
        return ()
    return tuple(
        case
        for case in facts.cases
        if case.opened_at <= at < case.opened_at + book.open_for and not _resolved(case, facts)
    )


def _resolved(case: Case, facts: Facts) -> bool:
    """A resolution ends what was opened before it; ids must agree where both name a ticket."""
    return any(
        resolution.at >= case.opened_at
        and (
            case.ticket_id is None
            or resolution.ticket_id is None
            or case.ticket_id == resolution.ticket_id
        )
        for resolution in facts.resolutions
    )
