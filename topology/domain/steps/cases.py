"""Cases in a history: the events that open and close them."""

from collections.abc import Iterable
from typing import Final

from schemas.messages.shop import ReviewProperties
from schemas.messages.social import SocialProperties
from schemas.messages.support import ResolutionProperties, SurveyProperties, TicketProperties
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.record import replace
from topology.domain.history.state import (
    COMPLAINT,
    MENTION,
    REVIEW,
    SURVEY,
    Case,
    History,
    Resolution,
)
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.care import closes

NPS = "nps"

KEPT_CASES: Final = 24
KEPT_RESOLUTIONS: Final = 24

FORGOTTEN: Final = ""
"""The ticket of a complaint that stands for older ones. No resolution names it."""


def complaint(
    history: History, event: Event[TicketProperties], _as_of: Instant, _book: Rulebook
) -> History:
    """A complaint opens a case."""
    return _with_case(history, event, COMPLAINT, event.properties.ticket_id)


def review(
    history: History, event: Event[ReviewProperties], _as_of: Instant, book: Rulebook
) -> History:
    """A bad review opens a case."""
    if event.properties.rating > book.bad_review:
        return history
    return _with_case(history, event, REVIEW)


def survey(
    history: History, event: Event[SurveyProperties], _as_of: Instant, book: Rulebook
) -> History:
    """A bad score in a survey opens a case."""
    answer = event.properties
    worst = book.bad_nps if answer.survey == NPS else book.bad_csat
    return _with_case(history, event, SURVEY) if answer.score <= worst else history


def bad_mention(history: History, event: Event[SocialProperties], book: Rulebook) -> History:
    """An angry mention opens a case."""
    sentiment = event.properties.sentiment
    if sentiment is None or sentiment > book.bad_sentiment:
        return history
    return _with_case(history, event, MENTION)


def resolution(
    history: History, event: Event[ResolutionProperties], _as_of: Instant, _book: Rulebook
) -> History:
    """A resolution ends complaints that were filed before it."""
    return with_resolution(history, Resolution(event.at, event.properties.ticket_id))


def with_resolution(history: History, ended: Resolution) -> History:
    """Return the history with another resolution."""
    return with_cases(history, history.cases, (*history.resolutions, ended))


def with_cases(history: History, cases: Iterable[Case], ends: Iterable[Resolution]) -> History:
    """Return the history with these cases and resolutions, by time, as far as there is room.

    The latest resolutions are kept. An older one goes with the cases that it has closed, or they
    would be open again.
    """
    by_time = sorted(set(ends), key=lambda each: (each.at, each.ticket_id or "", each.delivered))
    too_old, latest = by_time[:-KEPT_RESOLUTIONS], tuple(by_time[-KEPT_RESOLUTIONS:])
    left = {case for case in set(cases) if not any(closes(end, case) for end in too_old)}
    if len(left) > KEPT_CASES:
        left = _in_short(left, latest)
    return replace(history, cases=tuple(sorted(left, key=_place)), resolutions=latest)


def _in_short(cases: set[Case], ends: tuple[Resolution, ...]) -> set[Case]:
    """The latest cases, and of the older ones those that stand for the others: three at most.

    Of the cases that a delivered act closes, the latest is closed last. Of the complaints that are
    closed, the one that was closed last. Of those that are open, the latest is closed last once it
    has forgotten its ticket: only time, or a resolution of all complaints, closes it then. So no
    case is closed early.
    """
    own = sorted((case for case in cases if case.ticket_id != FORGOTTEN), key=_place)
    latest = own[-KEPT_CASES:]
    older = cases.difference(latest)
    closed = {case: _closed_by(case, ends) for case in older if case.kind == COMPLAINT}
    acts = sorted((case for case in older if case.kind != COMPLAINT), key=_place)
    still_open = sorted((case for case, at in closed.items() if at is None), key=_place)
    over = sorted((at, _place(case), case) for case, at in closed.items() if at is not None)
    forgotten = (replace(case, ticket_id=FORGOTTEN) for case in still_open[-1:])
    return {*latest, *acts[-1:], *forgotten, *(case for _, _, case in over[-1:])}


def _closed_by(case: Case, ends: tuple[Resolution, ...]) -> Instant | None:
    return next((end.at for end in ends if closes(end, case)), None)


def _place(case: Case) -> tuple[Instant, str, str]:
    return case.opened_at, case.message_id, case.ticket_id or ""


def without_run_out(history: History, as_of: Instant, book: Rulebook) -> History:
    """Forget cases and resolutions that are too old to matter: care has ended since."""
    since = as_of - book.open_for - book.recovering_for
    known, ends = history.cases, history.resolutions
    cases = tuple([case for case in known if case.opened_at > since])
    resolutions = tuple([each for each in ends if each.at > since])
    if len(cases) == len(known) and len(resolutions) == len(ends):
        return history  # The same tuples show `keeps_wake` that nothing has changed.
    return replace(history, cases=cases, resolutions=resolutions)


def _with_case(history: History, event: Event, kind: int, ticket_id: str | None = None) -> History:
    case = Case(event.at, event.message_id, ticket_id, kind)
    return with_cases(history, (*history.cases, case), history.resolutions)
