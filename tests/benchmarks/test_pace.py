"""A steady pace, and sign-ups that carry the time they were meant for."""

import json
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.loads.pace import Pace
from benchmarks.loads.signup import customer_of, read_message_id, signup


def test_nothing_is_due_before_the_begin() -> None:
    assert Pace(100.0, 10, 5).due(99.99) == 0


def test_the_first_is_due_at_the_begin() -> None:
    assert Pace(100.0, 10, 5).due(100.0) == 1


def test_no_more_is_due_than_there_is() -> None:
    assert Pace(100.0, 10, 5).due(1_000.0) == 5


@given(st.integers(0, 4_999), st.sampled_from([1, 7, 1_000, 10_000]))
def test_each_is_due_when_it_is_meant_to_be_sent(number: int, rate: int) -> None:
    pace = Pace(1_800_000_000.0, rate, 5_000)
    assert pace.due(pace.meant(number) + 1e-6) >= number + 1
    assert pace.due(pace.meant(number) - 1e-4 / rate - 1e-6) <= number + 1


def test_a_message_id_carries_the_time_that_was_meant() -> None:
    message = json.loads(signup(customer_of("series", 7), 1_800_000_000.123456))
    assert message["userId"] == "series-0000007"
    assert read_message_id(message["messageId"]) == ("series", 1_800_000_000.123456)
    assert datetime.fromisoformat(message["timestamp"]).timestamp() == 1_800_000_000.123


def test_other_messages_are_no_sign_ups() -> None:
    assert read_message_id("m-00000017") is None
    assert read_message_id("") is None
