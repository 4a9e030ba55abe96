"""Recency: the score R falls because the customer orders nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.policy.model import Policy
from schemas.policy.occasions.recency import RecencyFallsTo
from topology.domain.history.instant import Instant
from topology.domain.history.state import State
from topology.domain.occasions.kind import AN_ORDER, Kind, KindCase
from topology.domain.occasions.occasion import Occasion, due_occasion
from topology.domain.occasions.progress import NO_ORDER, Outlook, without_an_order
from topology.domain.occasions.set_off import ByTick
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class _Falls(ByTick):
    """The clock wakes for every fall of R as it is: a customer's scores change with it."""

    cases: Mapping[int, tuple[BookCase, ...]]
    """By what R must fall to."""

    def occasions(self, before: State, after: State, examined: Instant) -> Iterator[Occasion]:
        recency = after.scores.recency
        if recency < before.scores.recency and before.policy_version == after.policy_version:
            for case in self.cases.get(recency, ()):
                yield due_occasion(case, f"recency {recency}", after.as_of)


class _RecencyFallsTo(Kind[RecencyFallsTo]):
    when = RecencyFallsTo
    ended_by = AN_ORDER

    def words(self, when: RecencyFallsTo) -> str:
        return f"R falling to {when.recency_falls_to}"

    def progress(self, own: KindCase[RecencyFallsTo], outlook: Outlook) -> str:
        wanted, scores, scale = own.when.recency_falls_to, outlook.state.scores, outlook.recency
        if scores.last_order_at is None:
            return NO_ORDER
        if scores.recency <= wanted:
            return f"now: {scores.recency}, and only an order raises it"
        falls = zip(scale.bounds, scale.scores[1:], strict=True)
        needed = next((age for age, score in falls if score == wanted), None)
        now = f"now: {scores.recency}"
        return now if needed is None else f"{now}; {without_an_order(needed, outlook)}"

    def set_off(
        self,
        cases: tuple[KindCase[RecencyFallsTo], ...],
        policy: Policy,
    ) -> Iterator[ByTick]:
        by_score: dict[int, tuple[BookCase, ...]] = {}
        for each in cases:
            score = each.when.recency_falls_to
            by_score[score] = (*by_score.get(score, ()), each.case)
        yield _Falls(by_score)


KINDS: Final[tuple[Kind[Any], ...]] = (_RecencyFallsTo(),)
