"""The key of a replayed record is the profile that the worker finds, if it finds one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading.message import profile_in
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import order, over_kafka
from tests.schemas.reading.test_any_value import VALUES
from topology.domain.history.event import Event

IDS = st.sampled_from([None, "", "undefined", "A@b.c", "c-1", 7, 12.0, 4.5]) | VALUES
NETWORKS = st.sampled_from(["x", "Twitter", "IG"]) | VALUES


@fuzzed
@given(IDS, IDS, NETWORKS, IDS)
def test_the_key_is_the_profile_of_the_event(user: Any, anonymous: Any, net: Any, at: Any) -> None:
    follow = {"event": "social_followed", "properties": {"network": net, "handle": at}}
    message = order(userId=user, anonymousId=anonymous) | follow
    event, _ = over_kafka(message)
    profile = profile_in(message)
    if isinstance(event, Event):
        assert profile == event.profile


def test_a_message_that_is_refused_goes_where_its_neighbours_go() -> None:
    assert profile_in({"type": "track", "event": "Order Completed", "userId": "c-1"}) == "c-1"
    assert profile_in({"userId": " Anna@Example.com"}) == "anna@example.com"
    assert profile_in({"userId": "null"}) is None
    assert profile_in({}) is None
