"""Research: the customer looked around online, and did not order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.research import AfterResearch
from topology.domain.history.instant import Instant, Span, span
from topology.domain.history.state import State
from topology.domain.occasions.kind import AN_ORDER, Kind, KindCase
from topology.domain.occasions.progress import Outlook, since_then
from topology.domain.occasions.set_off import Delay, Due, OnResearch, delay_of


@dataclass(frozen=True, slots=True)
class _DueAfterResearch(Due):
    delay: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        looked, last = state.history.looked_at, state.scores.last_order_at
        if looked is None or (last is not None and last >= looked) or looked + self.delay < since:
            return None
        return looked + self.delay


class _AfterResearch(Kind[AfterResearch]):
    when = AfterResearch
    ended_by = AN_ORDER

    def words(self, when: AfterResearch) -> str:
        delay = write_duration(when.after_research)
        return f"{delay} after looking around online without an order"

    def progress(self, own: KindCase[AfterResearch], outlook: Outlook) -> str:
        looked, last = outlook.state.history.looked_at, outlook.state.scores.last_order_at
        if looked is None or (last is not None and last >= looked):
            return "no look around since the last order" if looked else "no look around so far"
        return since_then(own.case, looked, outlook, "the next look around")

    def set_off(
        self,
        cases: tuple[KindCase[AfterResearch], ...],
        policy: Policy,
    ) -> Iterator[Delay]:
        for each in cases:
            due = _DueAfterResearch(span(each.when.after_research))
            yield delay_of(each.case, due, "research", OnResearch())


KINDS: Final[tuple[Kind[Any], ...]] = (_AfterResearch(),)
