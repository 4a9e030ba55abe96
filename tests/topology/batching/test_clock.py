"""The encoding of a clock's row, and when an instant is reached."""

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from topology.batching.clock import PendingInstant, decode_clock, encode_clock

SHOP, SOCIAL = TP("shop", 3), TP("social", 3)
SIGNED = st.integers(-(2**63), 2**63 - 1)


@given(SIGNED)
def test_a_clocks_row_is_read_back_as_it_was_written(at: int) -> None:
    """Each instant takes eight bytes."""
    assert len(encode_clock(at)) == 8
    assert decode_clock(encode_clock(at)) == at


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_clock_rows_are_in_the_order_of_their_instants(one: int, other: int) -> None:
    """Big-endian: from 1970 on, bytes compare like instants."""
    assert (encode_clock(one) < encode_clock(other)) == (one < other)


@pytest.mark.parametrize(
    ("positions", "reached"),
    [
        ({}, False),
        ({SHOP: 10}, False),
        ({SHOP: 10, SOCIAL: 4}, False),
        ({SHOP: 9, SOCIAL: 5}, False),
        ({SHOP: 10, SOCIAL: 5}, True),
        ({SHOP: 99, SOCIAL: 5, TP("support", 3): 0}, True),
    ],
)
def test_an_instant_is_reached_when_every_source_is(
    positions: dict[TP, int],
    reached: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Each position is at its barrier or after it. An unknown position is before it."""
    assert PendingInstant(1, {SHOP: 10, SOCIAL: 5}).is_reached(positions) is reached


def test_an_instant_of_empty_sources_is_reached_at_once() -> None:
    """An end of zero is reached by a position of zero."""
    assert PendingInstant(1, {SHOP: 0}).is_reached({SHOP: 0})
    assert PendingInstant(1, {}).is_reached({})
