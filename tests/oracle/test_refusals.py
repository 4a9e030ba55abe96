"""Input that the oracle refuses instead of guessing."""

import pytest

from tests.oracle.history import day, judged, orders


def test_an_event_after_the_final_instant_is_refused() -> None:
    """The clock would not have reached it."""
    with pytest.raises(ValueError, match="after the final instant"):
        judged(orders(day(1)), until=day(0))


def test_an_order_given_twice_is_refused() -> None:
    """Duplicates are not the oracle's subject."""
    with pytest.raises(ValueError, match="given twice"):
        judged([*orders(day(0)), *orders(day(1))], until=day(2))
