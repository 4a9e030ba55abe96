"""Transitions: from one row to the next, by its dimensions."""

from typing import Final

from schemas.messages import catalogue
from schemas.policy.care import CALM
from schemas.transition import Cause, PublishedScores, Transition
from topology.domain.history.dimensions import changes, values_of
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.history.state import Scores, State
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.emitted import NewPublishedScores, NewScoresBeforeAndAfter, NewTransition

# Looking up a member of an enumeration costs more than the rest of what is done with it.
_EVENT, _REFUND = Cause.EVENT, Cause.REFUND
_TAKEN_BACK: Final = (catalogue.ORDER_REFUNDED.name, catalogue.ORDER_CANCELLED.name)


def may_move(before: State, after: State, book: Rulebook) -> bool:
    """False only if a change that leaves the scores leaves all else that values follow from.

    That is so for most looks at products. It is never so for a newcomer, whose values are given, or
    for a customer of whom more is known than their events: a row of an older release may have been
    upgraded since its values were found.
    """
    history, known = after.history, before.history
    return (
        history.bought_over != known.bought_over
        or history.known_person is not None
        or known.known_person is not None
        or len(history.cases) > 0
        or before.care != CALM
        or before.policy_version != book.version
        or known.events == 0
    )


def transitions_of(
    before: State,
    after: State,
    now: Instant,
    event: Event | None,
    cause: Cause | None,
    book: Rulebook,
) -> tuple[Transition, ...]:
    """Return a transition for each dimension that changed, in the order of `Dimension`.

    Args:
        before: the row before the change.
        after: the row after it.
        now: when it was noticed.
        event: what changed it, if an event did.
        cause: why it changed; None says that it follows from the event.
        book: the compiled policy.
    """
    if cause is None:
        cause = _REFUND if event is not None and event.name in _TAKEN_BACK else _EVENT
    scores = NewScoresBeforeAndAfter(
        before=published_scores(before.scores, book.currency),
        after=published_scores(after.scores, book.currency),
    )
    effective_at, observed_at = to_datetime(after.as_of), to_datetime(now)
    message_id = None if event is None else event.message_id
    transitions: list[Transition] = []
    for dimension, left, entered in changes(values_of(before), values_of(after)):
        transition = NewTransition(
            customer_id=after.customer_id,
            dimension=dimension,
            from_value=left,
            to_value=entered,
            cause=cause,
            cause_message_id=message_id,
            effective_at=effective_at,
            observed_at=observed_at,
            sequence=before.sequence + len(transitions) + 1,
            facts=scores,
            policy_version=book.version,
        )
        transitions.append(transition)
    return tuple(transitions)


def published_scores(scores: Scores, currency: str) -> PublishedScores:
    """The figures as the contracts show them."""
    last = scores.last_order_at
    return NewPublishedScores(
        last_order_at=None if last is None else to_datetime(last),
        orders_in_window=scores.orders_in_window,
        revenue_in_window=scores.revenue_in_window,
        currency=currency,
        recency_score=scores.recency,
        frequency_score=scores.frequency,
        monetary_score=scores.monetary,
    )
