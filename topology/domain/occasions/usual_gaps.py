"""Usual gaps: the customer orders less often than they did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from schemas.counted import agreeing, counted
from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.usual_gaps import AfterUsualGaps
from topology.domain.history.instant import Instant, Span, span
from topology.domain.history.state import Scores, State
from topology.domain.occasions.kind import AN_ORDER, Kind, KindCase
from topology.domain.occasions.progress import Outlook, since_then
from topology.domain.occasions.set_off import Delay, Due, OnOrders, delay_of


def usual_gap(scores: Scores) -> Span | None:
    """The mean time between the orders in the window, or None with less than two of them."""
    orders = scores.orders_in_window
    if orders < 2 or scores.last_order_at is None or scores.oldest_in_window_at is None:  # noqa: PLR2004
        return None
    return (scores.last_order_at - scores.oldest_in_window_at) // (orders - 1)


@dataclass(frozen=True, slots=True)
class _DueAfterGaps(Due):
    many: int
    parts: int
    """The gaps are `many` / `parts`."""
    least: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        gap, last = usual_gap(state.scores), state.scores.last_order_at
        if gap is None or last is None:
            return None
        at = last + max(gap * self.many // self.parts, self.least)
        return None if at < since else at


class _AfterUsualGaps(Kind[AfterUsualGaps]):
    when = AfterUsualGaps
    ended_by = AN_ORDER

    def words(self, when: AfterUsualGaps) -> str:
        least = when.no_sooner_than
        no_sooner = "" if least is None else f", and at least {write_duration(least)}"
        gaps = f"{when.after_usual_gaps} usual {agreeing(when.after_usual_gaps, 'gap')}"
        return f"{gaps} between orders without another one{no_sooner}"

    def progress(self, own: KindCase[AfterUsualGaps], outlook: Outlook) -> str:
        scores = outlook.state.scores
        last = scores.last_order_at
        if last is None or usual_gap(scores) is None:
            orders = counted(scores.orders_in_window, "order")
            return f"{orders} in the window: it takes two to know a gap"
        return since_then(own.case, last, outlook, "the next order", is_of_own=True)

    def set_off(
        self,
        cases: tuple[KindCase[AfterUsualGaps], ...],
        policy: Policy,
    ) -> Iterator[Delay]:
        for each in cases:
            when, case = each.when, each.case
            many, parts = when.after_usual_gaps.as_integer_ratio()
            due = _DueAfterGaps(many, parts, span(when.no_sooner_than or timedelta(0)))
            yield delay_of(case, due, "usual gap", OnOrders())


KINDS: Final[tuple[Kind[Any], ...]] = (_AfterUsualGaps(),)
