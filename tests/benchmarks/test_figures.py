"""Percentiles and ratios, as a reader of the results understands them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reporting.figures import median, percentile, ratio

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1)
SHARES = st.floats(0.01, 1)


@given(VALUES, SHARES)
def test_at_least_its_share_of_the_values_does_not_exceed_a_percentile(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


@given(VALUES, SHARES)
def test_less_than_its_share_of_the_values_lies_below_a_percentile(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert sum(value < found for value in values) < share * len(values)


def test_the_99th_percentile_of_a_hundred_is_the_last_but_one() -> None:
    assert percentile(range(1, 101), 0.99) == 99


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_median_is_rounded() -> None:
    assert median([3.14159, 1, 2]) == 2
    assert median([2 / 3]) == 0.67


def test_a_ratio_has_three_digits() -> None:
    assert ratio(60_000, 2_700) == 22.2
    assert ratio(1, 3) == 0.333
