"""After orders: so long after the first order, or the last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.messages import catalogue
from schemas.messages.shop import OrderProperties
from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.after_orders import AfterFirstOrder, AfterOrder
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant, Span, span, to_datetime
from topology.domain.history.orders import first_order
from topology.domain.history.state import History, Scores, State
from topology.domain.occasions.kind import AN_ORDER, Kind, KindCase
from topology.domain.occasions.occasion import Occasion, due_occasion
from topology.domain.occasions.progress import NO_ORDER, Outlook, passed_of, since_then
from topology.domain.occasions.set_off import (
    ByEvent,
    ByTick,
    Delay,
    Due,
    EventCases,
    OnFirstOrder,
    OnLastOrder,
    SetOff,
    delay_of,
)
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewTriggerEvent

_FIRST: Final = "first order"
_LAST: Final = "last order"

_Timed = tuple[tuple[Span, BookCase], ...]
"""Cases, each after so long."""


def first_order_at(history: History, scores: Scores) -> Instant | None:
    """When the first order that counts was made; None if there is none, or it is folded."""
    if history.past is not None:
        return None
    if scores.orders_total == scores.orders_in_window:
        return scores.oldest_in_window_at
    first = first_order(history)
    return None if first is None else first.at


def _after_first(order_id: str, at: Instant, case: BookCase, due: Instant) -> Occasion:
    about = NewTriggerEvent(
        event=catalogue.ORDER_COMPLETED.name, at=to_datetime(at), order_id=order_id
    )
    return Occasion(case=case, basis=f"order:{order_id}", what=_FIRST, event=about, due=due)


@dataclass(frozen=True, slots=True)
class _DueAfterFirst(Due):
    delay: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        first = first_order(state.history)
        return None if first is None or first.at + self.delay < since else first.at + self.delay


@dataclass(frozen=True, slots=True)
class _FirstOrderAges(ByTick):
    """Delays after the first order that have ended since an instant."""

    cases: _Timed
    longest: Span

    def occasions(self, before: State, after: State, examined: Instant) -> Iterator[Occasion]:
        oldest = after.scores.oldest_in_window_at
        if oldest is not None and oldest + self.longest <= examined:
            return  # The first order is no younger; there is no need to look through all of them.
        at = first_order_at(after.history, after.scores)
        if at is None:
            return
        for delay, case in self.cases:
            due = at + delay
            if examined < due <= after.as_of and (first := first_order(after.history)) is not None:
                yield _after_first(first.id, at, case, due)


@dataclass(frozen=True, slots=True)
class _FirstOrderLate(EventCases[OrderProperties]):
    """Delays that had ended before the first order was heard of.

    An order that was known and comes again sets nothing off a second time.
    """

    cases: _Timed
    shortest: Span

    def occasions(
        self, event: Event[OrderProperties], before: State, after: State
    ) -> Iterable[Occasion]:
        if event.at + self.shortest > after.as_of or after.history.past is not None:
            return ()
        counted = [each for each in after.history.orders if each.counts]
        earliest = [each for each in counted if each.at == counted[0].at]
        if [(each.at, each.id) for each in earliest] != [(event.at, event.properties.order_id)]:
            return ()
        first = earliest[0]
        known = next((each for each in before.history.orders if each.id == first.id), None)
        return (
            _after_first(first.id, first.at, case, first.at + delay)
            for delay, case in self.cases
            if event.at + delay <= after.as_of and (known is None or known.at + delay > after.as_of)
        )


class _AfterFirstOrder(Kind[AfterFirstOrder]):
    when = AfterFirstOrder

    def words(self, when: AfterFirstOrder) -> str:
        return f"{write_duration(when.after_first_order)} after the first order"

    def progress(self, own: KindCase[AfterFirstOrder], outlook: Outlook) -> str:
        history = outlook.state.history
        if history.past is not None:
            return "the first order was long ago"
        first, needed = first_order(history), span(own.when.after_first_order)
        if first is None:
            return NO_ORDER
        passed = passed_of(needed, first.at, outlook.at)
        ended = outlook.at - first.at >= needed
        return f"{passed}, and there is only one first order" if ended else passed

    def set_off(
        self,
        cases: tuple[KindCase[AfterFirstOrder], ...],
        policy: Policy,
    ) -> Iterator[SetOff]:
        timed = tuple((span(each.when.after_first_order), each.case) for each in cases)
        delays = [delay for delay, _ in timed]
        yield _FirstOrderAges(timed, max(delays))
        late = _FirstOrderLate(timed, min(delays))
        yield ByEvent(catalogue.ORDER_COMPLETED, late, is_late=True)
        for delay, case in timed:
            yield Delay(case, _DueAfterFirst(delay), _FIRST, OnFirstOrder(delay))


@dataclass(frozen=True, slots=True)
class _DueAfterLast(Due):
    delay: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        last = state.scores.last_order_at
        return None if last is None or last + self.delay < since else last + self.delay


@dataclass(frozen=True, slots=True)
class _LastOrderLate(EventCases[object]):
    """Delays that had ended before the last order was heard of."""

    cases: _Timed

    def occasions(self, event: Event, before: State, after: State) -> Iterator[Occasion]:
        last, known = after.scores.last_order_at, before.scores.last_order_at
        if last is None or last == after.as_of or (known is not None and last <= known):
            return
        for delay, case in self.cases:
            if last + delay <= after.as_of:
                yield due_occasion(case, _LAST, last + delay)


class _AfterOrder(Kind[AfterOrder]):
    when = AfterOrder
    ended_by = AN_ORDER

    def words(self, when: AfterOrder) -> str:
        return f"{write_duration(when.after_order)} after the last order"

    def progress(self, own: KindCase[AfterOrder], outlook: Outlook) -> str:
        last = outlook.state.scores.last_order_at
        return NO_ORDER if last is None else since_then(own.case, last, outlook, "the next order")

    def set_off(self, cases: tuple[KindCase[AfterOrder], ...], policy: Policy) -> Iterator[SetOff]:
        timed = tuple((span(each.when.after_order), each.case) for each in cases)
        yield ByEvent(catalogue.ORDER_COMPLETED, _LastOrderLate(timed), is_late=True)
        for delay, case in timed:
            yield delay_of(case, _DueAfterLast(delay), _LAST, OnLastOrder(delay))


KINDS: Final[tuple[Kind[Any], ...]] = (_AfterFirstOrder(), _AfterOrder())
