"""Ladders: the highest rung whose conditions a customer meets."""

from dataclasses import dataclass

from schemas.policy.ladder import Ladder
from topology.domain.history.state import History, Scores
from topology.domain.rules.conditions import (
    ProfileCondition,
    are_met_by,
    compile_profile_conditions,
)


@dataclass(frozen=True, slots=True)
class BookRung:
    """A rung: one line of conditions must be met."""

    name: str
    lines: tuple[tuple[ProfileCondition, ...], ...]


@dataclass(frozen=True, slots=True)
class BookLadder:
    """A ladder, from its highest rung down to the lowest but one."""

    rungs: tuple[BookRung, ...]
    lowest: str
    heights: dict[str, int]
    """How high each rung is, from 0."""
    by_revenue: bool
    """True if a condition looks at the revenue itself."""

    def climb(self, history: History, scores: Scores) -> str:
        """The rung of a customer with this history and these scores."""
        for rung in self.rungs:
            for line in rung.lines:
                if are_met_by(line, history, scores):
                    return rung.name
        return self.lowest


def compile_ladder(ladder: Ladder, digits: int) -> BookLadder:
    """Make a ladder ready; `digits` are the currency's."""
    rungs = tuple(
        BookRung(rung.name, tuple(compile_profile_conditions(line, digits) for line in rung.any))
        for rung in ladder
    )
    return BookLadder(
        rungs[:0:-1],
        rungs[0].name,
        {rung.name: height for height, rung in enumerate(rungs)},
        any(line.revenue_in_window is not None for rung in ladder for line in rung.any),
    )
