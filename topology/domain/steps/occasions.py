"""Occasions: what may set a rule off, now that a row has come to another state."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from schemas.messages import names
from schemas.transition import Cause, Dimension, Transition
from topology.domain.facts.event import Event
from topology.domain.facts.instant import Instant, to_datetime
from topology.domain.facts.orders import first_order, has_over
from topology.domain.facts.state import State
from topology.domain.policy.delays import AFTER_ORDER, first_order_at
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewTriggerEvent
from topology.domain.steps.situation import Occasion

# Looking up a member of an enumeration costs more than the rest of what is done with it.
_SEGMENT, _STAGE = Dimension.SEGMENT, Dimension.STAGE
_POLICY: Final = Cause.POLICY


def occasions_of(
    before: State,
    after: State,
    transitions: tuple[Transition, ...],
    event: Event | None,
    book: Rulebook,
    judged: Instant | None = None,
) -> list[Occasion]:
    """What may set a rule off.

    Args:
        before: the row before the change.
        after: the row after it.
        transitions: the changes of its dimensions.
        event: what happened; None if it was the clock.
        book: the compiled policy.
        judged: delays after the first order that had ended by then have been looked at; None is
            just before this instant.
    """
    occasions: list[Occasion] = []
    for moved in transitions:
        cases = book.on.entering[moved.dimension].get(moved.to_value)
        if cases is not None:
            occasions.extend(_entered(moved, cases, book))
    if event is None:
        occasions.extend(
            _first_order_due(after, book, after.as_of - 1 if judged is None else judged)
        )
        occasions.extend(_by_the_clock(before, after, book))
    elif (about := OCCASIONS.get(event.name)) is not None:
        occasions.extend(about(event, before, after, book))
    return occasions


def _entered(moved: Transition, cases: tuple[BookCase, ...], book: Rulebook) -> Iterable[Occasion]:
    """What a transition sets off: of stages only those upwards."""
    dimension, left = moved.dimension, ""
    if dimension is _STAGE:
        if moved.cause is _POLICY:  # Nobody has climbed; else all regulars were welcomed.
            return ()
        heights = book.stages.heights
        if heights[moved.to_value] <= heights.get(moved.from_value, -1):
            return ()
    elif dimension is _SEGMENT:
        left = moved.from_value
    basis, what = f"transition:{moved.sequence}", f"{dimension} {moved.to_value}"
    return [Occasion(case, basis, what, moved, None, None, left) for case in cases]


def _first_order_due(state: State, book: Rulebook, judged: Instant) -> Iterator[Occasion]:
    """Delays after the first order that have ended since an instant."""
    oldest = state.sheet.oldest_in_window_at
    if oldest is not None and oldest + book.longest_delay <= judged:
        return  # The first order is no younger; there is no need to look through all of them.
    at = first_order_at(state.facts, state.sheet)
    if at is None:
        return
    for delay, case in book.on.first_order:
        if judged < at + delay <= state.as_of and (first := first_order(state.facts)) is not None:
            yield _after_order(first.id, at, case, at + delay)


def _by_the_clock(before: State, after: State, book: Rulebook) -> Iterator[Occasion]:
    """What falls due at this very instant."""
    at = after.as_of
    for each in book.on.wakes[after.stage].delays:
        if each.due(after, at) == at:
            yield _at(each.case, each.what, at)
    recency = after.sheet.recency
    if recency < before.sheet.recency and before.policy_version == after.policy_version:
        for case in book.on.recency.get(recency, ()):
            yield _at(case, f"recency {recency}", at)


def _at(case: BookCase, what: str, at: Instant) -> Occasion:
    about = NewTriggerEvent(event=what, at=to_datetime(at))
    return Occasion(case, f"{what}:{at}", what, None, about, due=at)


def _order(event: Event, before: State, after: State, book: Rulebook) -> Iterable[Occasion]:
    if event.at < after.as_of:
        late = (
            *_late_first_order(event, before, after, book),
            *_late_last_order(before, after, book),
        )
        return (*late, *_order_over(event, before, after, book))
    if book.on.order_over_any >> event.channel & 1:
        return _order_over(event, before, after, book)
    return ()


def _order_over(event: Event, before: State, after: State, book: Rulebook) -> Iterator[Occasion]:
    for mask, nth, case in book.on.order_over:
        if mask >> event.channel & 1 and (
            not has_over(before.facts, mask, nth) and has_over(after.facts, mask, nth)
        ):
            yield _about(event, case, None)


def _late_first_order(
    event: Event, before: State, after: State, book: Rulebook
) -> Iterable[Occasion]:
    """Delays that had ended before the first order was heard of.

    Who tells again of an order that was known sets nothing off a second time.
    """
    if event.at + book.shortest_delay > after.as_of or after.facts.past is not None:
        return ()
    counted = [each for each in after.facts.orders if each.counts]
    earliest = [each for each in counted if each.at == counted[0].at]
    if [(each.at, each.id) for each in earliest] != [(event.at, event.properties.order_id)]:
        return ()
    first = earliest[0]
    known = next((each for each in before.facts.orders if each.id == first.id), None)
    return (
        _after_order(first.id, first.at, case, first.at + delay)
        for delay, case in book.on.first_order
        if event.at + delay <= after.as_of and (known is None or known.at + delay > after.as_of)
    )


def _late_last_order(before: State, after: State, book: Rulebook) -> Iterator[Occasion]:
    """Likewise after the last order."""
    last, known = after.sheet.last_order_at, before.sheet.last_order_at
    if last is None or last == after.as_of or (known is not None and last <= known):
        return
    for delay, case in book.on.last_order:
        if last + delay <= after.as_of:
            yield _at(case, AFTER_ORDER, last + delay)


def _after_order(order_id: str, at: Instant, case: BookCase, due: Instant) -> Occasion:
    about = NewTriggerEvent(event=names.ORDER_COMPLETED, at=to_datetime(at), order_id=order_id)
    return Occasion(case, f"order:{order_id}", "first order", None, about, due=due)


def _review(event: Event, _before: State, _after: State, book: Rulebook) -> Iterator[Occasion]:
    rating: float = event.properties.rating
    for worst, case in book.on.bad_review:
        if rating <= worst:
            yield _about(event, case, rating)
    for best, case in book.on.good_review:
        if rating >= best:
            yield _about(event, case, rating)


def _mention(event: Event, _before: State, _after: State, book: Rulebook) -> Iterator[Occasion]:
    sentiment: float | None = event.properties.sentiment
    for best, case in book.on.mention:
        if sentiment is not None and sentiment >= best:
            yield _about(event, case, None)


def _complaint(event: Event, _before: State, _after: State, book: Rulebook) -> Iterator[Occasion]:
    for case in book.on.complaint:
        yield _about(event, case, None)


def _attempt(event: Event, before: State, after: State, book: Rulebook) -> Iterator[Occasion]:
    for count, case in book.on.unanswered:
        if len(after.facts.attempts) >= count > len(before.facts.attempts):
            yield _about(event, case, None)


def _about(event: Event, case: BookCase, rating: float | None) -> Occasion:
    about = NewTriggerEvent(event=event.name, at=to_datetime(event.at), message_id=event.message_id)
    return Occasion(case, f"event:{event.message_id}", event.name, None, about, rating)


About = Callable[[Event, State, State, Rulebook], Iterable[Occasion]]

OCCASIONS: Final[Mapping[str, About]] = {
    names.ORDER_COMPLETED: _order,
    names.PRODUCT_REVIEWED: _review,
    names.SOCIAL_MENTIONED: _mention,
    names.COMPLAINT_FILED: _complaint,
    names.ACTION_DELIVERED: _attempt,
}
"""What an event may set off by itself, beside the transitions that it may bring."""
