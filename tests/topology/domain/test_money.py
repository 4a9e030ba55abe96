"""Money becomes whole minor units, as its decimal text says."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.topology.domain.histories import bounded
from tests.topology.domain.life import lived
from tests.topology.domain.messages import day, order
from topology.domain.history.money import to_minor, write_minor


def by_decimal(amount: float, digits: int) -> int:
    """The same by decimal arithmetic alone."""
    return int(Decimal(repr(amount)).scaleb(digits).quantize(Decimal(1), ROUND_HALF_EVEN))


@bounded
@given(
    st.one_of(
        st.floats(0, 1e12, exclude_max=True),
        st.integers(0, 10**9).map(lambda mills: mills / 1000),
        st.integers(0, 10**9).map(lambda halves: (2 * halves + 1) / 2000),
        st.decimals(0, 10**9, places=4).map(float),
    ),
    st.sampled_from([0, 2, 3]),
)
def test_an_amount_equals_its_decimal_text_in_minor_units(amount: float, digits: int) -> None:
    """For currencies with no, two and three digits, at every size that a message may have."""
    assert to_minor(amount, digits) == by_decimal(amount, digits)


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (59.90, 5990),
        (0.1 + 0.2, 30),
        (1.005, 100),
        (1.015, 102),
        (0.285, 28),
        (4.35, 435),
        (1e-9, 0),
        (0.0, 0),
        (999_999_999_999.99, 99_999_999_999_999),
    ],
)
def test_cents_are_exact_and_halves_go_to_the_even_one(amount: float, cents: int) -> None:
    """1.005 has no exact binary form: its text counts."""
    assert to_minor(amount, 2) == cents


def test_minor_units_are_written_for_people() -> None:
    """With the digits that the currency has."""
    assert write_minor(5990, 2, "EUR") == "59.90 EUR"
    assert write_minor(5, 2, "EUR") == "0.05 EUR"
    assert write_minor(5990, 0, "JPY") == "5990 JPY"
    assert write_minor(-5, 2, "EUR") == "-0.05 EUR"


@given(minor=st.integers(-(10**16), 10**16), digits=st.integers(0, 4))
def test_minor_units_are_written_as_a_decimal_would_be(minor: int, digits: int) -> None:
    """Whatever the currency's digits, and below zero, too."""
    exact = Decimal(minor).scaleb(-digits)
    assert write_minor(minor, digits, "EUR") == f"{exact:.{digits}f} EUR"


def test_many_small_amounts_add_up_exactly() -> None:
    """Ten times 0.10 is 1.00."""
    row = lived([order(day(n), f"o{n}", 0.10) for n in range(10)]).row

    assert row.scores.revenue_in_window == 100
