"""Unanswered: the customer answers none of the shop's attempts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.counted import counted
from schemas.messages import catalogue
from schemas.policy.model import Policy
from schemas.policy.occasions.unanswered import Unanswered
from topology.domain.history.event import Event
from topology.domain.history.state import State
from topology.domain.occasions.kind import AN_ACT, Kind, KindCase
from topology.domain.occasions.occasion import Occasion, event_occasion
from topology.domain.occasions.progress import Outlook
from topology.domain.occasions.set_off import ByEvent, EventCases
from topology.domain.rules.case import BookCase


@dataclass(frozen=True, slots=True)
class _Attempt(EventCases[object]):
    case: BookCase
    count: int

    def occasions(self, event: Event, before: State, after: State) -> Iterator[Occasion]:
        if len(after.history.attempts) >= self.count > len(before.history.attempts):
            yield event_occasion(self.case, event)


class _Unanswered(Kind[Unanswered]):
    when = Unanswered
    ended_by = AN_ACT

    def words(self, when: Unanswered) -> str:
        return f"attempt number {when.unanswered} without an answer"

    def progress(self, own: KindCase[Unanswered], outlook: Outlook) -> str:
        return f"{counted(len(outlook.state.history.attempts), 'attempt')} so far"

    def set_off(
        self, cases: tuple[KindCase[Unanswered], ...], policy: Policy
    ) -> Iterator[ByEvent[Any]]:
        for each in cases:
            yield ByEvent(catalogue.ACTION_DELIVERED, _Attempt(each.case, each.when.unanswered))


KINDS: Final[tuple[Kind[Any], ...]] = (_Unanswered(),)
