"""Scales: a figure into a score."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of scores: the bounds ascend, and there is one score more than there are bounds.

    The first score is that of figures below all bounds; a figure at a bound is above it.
    """

    bounds: tuple[int, ...]
    scores: tuple[int, ...]

    def of(self, figure: int) -> int:
        """The score of a figure: an age, an amount or a count."""
        return self.scores[bisect_right(self.bounds, figure)]

    def next_bound(self, figure: int) -> int | None:
        """The first bound above a figure, or None."""
        place = bisect_right(self.bounds, figure)
        return self.bounds[place] if place < len(self.bounds) else None
