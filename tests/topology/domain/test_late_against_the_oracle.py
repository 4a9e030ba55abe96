"""Events that come late, against the oracle: they take effect when they are processed."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import ReceivedMessage
from tests.oracle.stories import stories, untils
from tests.topology.domain.against_oracle import assert_same_as_oracle
from tests.topology.domain.test_against_the_oracle import received_until, whole


@whole
@given(received_until)
def test_any_story_is_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """Some of it late, after others or after the clock has gone on."""
    assert_same_as_oracle(*given_)


any_order = stories(max_size=10).flatmap(
    lambda received: st.tuples(
        st.permutations([ReceivedMessage(each.message) for each in received]).map(list),
        untils(received),
    )
)


@whole
@given(any_order)
def test_any_story_in_any_order_of_arrival_is_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """Most of it late."""
    assert_same_as_oracle(*given_)
