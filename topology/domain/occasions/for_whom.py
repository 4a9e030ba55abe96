"""For whom a case is due at all: what never changes without a look at the clock anew."""

from dataclasses import dataclass

from topology.domain.facts.channels import mask_of
from topology.domain.facts.instant import Instant
from topology.domain.facts.state import State
from topology.domain.occasions.set_off import Due
from topology.domain.rules.case import BookCase


def for_whom(case: BookCase, due: Due) -> Due:
    """Due only for who is on a case's stages, and has bought over its channels."""
    provided = case.case.provided
    if provided.stage is not None:
        due = _OnStages(due, frozenset(provided.stage))
    if provided.bought_over is not None:
        due = _ForBuyers(due, mask_of(provided.bought_over))
    return due


@dataclass(frozen=True, slots=True)
class _OnStages(Due):
    """Not due for who is not on its stages: what changes a stage looks at the clock anew."""

    due: Due
    stages: frozenset[str]

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.stage in self.stages else None


@dataclass(frozen=True, slots=True)
class _ForBuyers(Due):
    """Not due for who never bought over its channels."""

    due: Due
    channels: int

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.facts.bought_over & self.channels else None
