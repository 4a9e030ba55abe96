"""Staying: the customer has been on a stage for long."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from schemas.policy.duration import write_duration
from schemas.policy.model import Policy
from schemas.policy.occasions.staying import StayingOn
from topology.domain.history.instant import Instant, Span, span
from topology.domain.history.state import State
from topology.domain.occasions.kind import Kind, KindCase
from topology.domain.occasions.progress import Outlook, any_of, since_then
from topology.domain.occasions.set_off import Delay, Due, OnAnything, only_for
from topology.domain.rules.conditions import Condition, one_of_values


@dataclass(frozen=True, slots=True)
class _Stayed(Due):
    stages: frozenset[str]
    duration: Span

    def next(self, state: State, since: Instant) -> Instant | None:
        come = state.stage_since
        if come is None or state.stage not in self.stages or come + self.duration < since:
            return None
        return come + self.duration


class _StayingOn(Kind[StayingOn]):
    when = StayingOn

    def words(self, when: StayingOn) -> str:
        return f"{write_duration(when.duration)} as {any_of(when.values)}"

    def progress(self, own: KindCase[StayingOn], outlook: Outlook) -> str:
        state = outlook.state
        if state.stage not in own.when.values or state.stage_since is None:
            return f"now: {state.stage}"
        return since_then(own.case, state.stage_since, outlook, "who comes back to it")

    def set_off(self, cases: tuple[KindCase[StayingOn], ...], policy: Policy) -> Iterator[Delay]:
        for each in cases:
            when = each.when
            due = _Stayed(frozenset(when.values), span(when.duration))
            yield Delay(each.case, only_for(each.case, due), "stage", OnAnything(), when.values)

    def still(self, when: StayingOn) -> Condition:
        """The customer must still be there."""
        return one_of_values(when.dimension, when.values)


KINDS: Final[tuple[Kind[Any], ...]] = (_StayingOn(),)
