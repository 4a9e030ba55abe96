"""The grid of segments."""

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.names import Name
from schemas.policy.part import Fault, PolicyPart, Score, refuse


class SegmentCell(PolicyPart):
    """A segment and the scores that lead to it: every pair of these R and F."""

    name: Name
    recency: Annotated[tuple[Score, ...], Field(min_length=1)]
    frequency: Annotated[tuple[Score, ...], Field(min_length=1)]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every (R, F) of this cell."""
        return product(self.recency, self.frequency)


class Segments(PolicyPart):
    """The grid of segments: each of the 25 pairs of R and F belongs to exactly one."""

    without_orders: Name
    grid: tuple[SegmentCell, ...]

    @model_validator(mode="after")
    def _grid_is_whole(self) -> Self:
        refuse(self._gaps_and_overlaps())
        return self

    def _gaps_and_overlaps(self) -> Iterator[Fault]:
        owner: dict[tuple[int, int], str] = {}
        for i, cell in enumerate(self.grid):
            for r, f in cell.pairs():
                if (r, f) in owner:
                    where = f"in both {owner[r, f]} and {cell.name}"
                    if owner[r, f] == cell.name:
                        where = f"twice in {cell.name}"
                    yield Fault(("grid", i), f"R {r}, F {f} is {where}")
                owner.setdefault((r, f), cell.name)
        pairs = product(range(1, 6), range(1, 6))
        missing = [f"R {r}, F {f}" for r, f in pairs if (r, f) not in owner]
        if missing:
            yield Fault(("grid",), f"no segment has {'; '.join(missing)}: each pair needs one")

    @property
    def in_order(self) -> tuple[str, ...]:
        """Every segment there is: those of the grid, then that of customers without orders."""
        return tuple(dict.fromkeys((*(cell.name for cell in self.grid), self.without_orders)))

    @property
    def names(self) -> frozenset[str]:
        """Every segment there is."""
        return frozenset(self.in_order)
