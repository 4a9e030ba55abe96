"""Delays for the customers of whom a case speaks."""

from dataclasses import dataclass

from topology.domain.history.channels import mask_of
from topology.domain.history.instant import Instant
from topology.domain.history.state import State
from topology.domain.occasions.set_off import Delay, Due, HangsOn
from topology.domain.rules.case import BookCase


def delay_of(case: BookCase, due: Due, what: str, hangs_on: HangsOn) -> Delay:
    """The delay of a case: only customers who meet its `stage` and `bought_over` have it.

    Whenever that changes for a customer, `next_wake` computes the wake again.
    """
    return Delay(case, only_for(case, due), what, hangs_on, case.case.provided.stage)


def only_for(case: BookCase, due: Due) -> Due:
    """Due only for customers on a case's stages who have bought over its channels."""
    provided = case.case.provided
    if provided.stage is not None:
        due = _OnStages(due, frozenset(provided.stage))
    if provided.bought_over is not None:
        due = _ForBuyers(due, mask_of(provided.bought_over))
    return due


@dataclass(frozen=True, slots=True)
class _OnStages(Due):
    """Due only for customers on these stages."""

    due: Due
    stages: frozenset[str]

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.stage in self.stages else None


@dataclass(frozen=True, slots=True)
class _ForBuyers(Due):
    """Due only for customers who have bought over one of these channels."""

    due: Due
    channels: int

    def next(self, state: State, since: Instant) -> Instant | None:
        return self.due.next(state, since) if state.history.bought_over & self.channels else None
