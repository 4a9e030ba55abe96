"""Cases among the facts: what asks for service recovery, and what ends it."""

from msgspec.structs import replace

from topology.domain.facts.event import Event
from topology.domain.facts.instant import Instant
from topology.domain.facts.state import COMPLAINT, MENTION, REVIEW, SURVEY, Case, Facts, Resolution
from topology.domain.policy.rulebook import Rulebook

NPS = "nps"


def complaint(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    """A complaint opens a case."""
    return _with_case(facts, event, COMPLAINT, event.properties.ticket_id)


def review(facts: Facts, event: Event, _as_of: Instant, book: Rulebook) -> Facts:
    """A bad review does."""
    if event.properties.rating > book.bad_review:
        return facts
    return _with_case(facts, event, REVIEW)


def survey(facts: Facts, event: Event, _as_of: Instant, book: Rulebook) -> Facts:
    """So does a bad score in a survey."""
    answer = event.properties
    worst = book.bad_nps if answer.survey == NPS else book.bad_csat
    return _with_case(facts, event, SURVEY) if answer.score <= worst else facts


def bad_mention(facts: Facts, event: Event, book: Rulebook) -> Facts:
    """So does an angry mention."""
    sentiment = event.properties.sentiment
    if sentiment is None or sentiment > book.bad_sentiment:
        return facts
    return _with_case(facts, event, MENTION)


def resolution(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    """A resolution ends complaints that were filed before it."""
    return with_resolution(facts, Resolution(event.at, event.properties.ticket_id))


def with_resolution(facts: Facts, ended: Resolution) -> Facts:
    """Return the facts with something that ends cases."""
    ends = sorted(
        {*facts.resolutions, ended},
        key=lambda each: (each.at, each.ticket_id or "", each.delivered),
    )
    return replace(facts, resolutions=tuple(ends))


def without_run_out(facts: Facts, as_of: Instant, book: Rulebook) -> Facts:
    """Forget what can't matter any more: a case that old is over, and so is recovering from it."""
    since = as_of - book.open_for - book.recovering_for
    return replace(
        facts,
        cases=tuple(case for case in facts.cases if case.opened_at > since),
        resolutions=tuple(each for each in facts.resolutions if each.at > since),
    )


def _with_case(facts: Facts, event: Event, kind: int, ticket_id: str | None = None) -> Facts:
    case = Case(event.at, event.message_id, ticket_id, kind)
    cases = sorted((*facts.cases, case), key=lambda each: (each.opened_at, each.message_id))
    return replace(facts, cases=tuple(cases))
