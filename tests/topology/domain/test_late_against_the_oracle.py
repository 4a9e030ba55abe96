"""Events that come late, against the oracle: they take effect when they are heard of."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import Told
from tests.oracle.stories import stories, untils
from tests.topology.domain.judged import assert_judged_alike
from tests.topology.domain.test_against_the_oracle import told_until, whole


@whole
@given(told_until)
def test_any_story_is_judged_as_by_the_oracle(given_: tuple[list[Told], datetime]) -> None:
    """Some of it late, after others or after the clock has gone on."""
    assert_judged_alike(*given_)


any_order = stories(max_size=10).flatmap(
    lambda told: st.tuples(
        st.permutations([Told(each.message) for each in told]).map(list), untils(told)
    )
)


@whole
@given(any_order)
def test_any_story_in_any_order_of_arrival_is_judged_as_by_the_oracle(
    given_: tuple[list[Told], datetime],
) -> None:
    """Most of it late."""
    assert_judged_alike(*given_)
