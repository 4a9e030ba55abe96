"""Figures from many measurements: medians, percentiles, ratios."""

import math
import statistics
from collections.abc import Iterable, Sequence


def median(values: Iterable[float], digits: int = 2) -> float:
    """The median, rounded."""
    return round(statistics.median(values), digits)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them does not exceed."""
    if not values:
        msg = "there is nothing to take a percentile of"
        raise ValueError(msg)
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratio(value: float, other: float) -> float:
    """How many times the other it is, to three digits."""
    return float(f"{value / other:.3g}")
