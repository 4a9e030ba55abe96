"""Every reader of a raw message answers, whatever stands in whichever field."""

from typing import Any

from hypothesis import given, settings

from schemas.messages.reading.message import profile_in
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.any_message import MESSAGES
from tests.schemas.reading.both_ways import outcome, over_http, over_kafka
from topology.agents.dead_letters import Refusal


@settings(fuzzed, max_examples=1_000)
@given(MESSAGES)
def test_any_message_has_a_profile_or_none_and_the_same_outcome_both_ways(
    message: dict[str, Any],
) -> None:
    """Of several faults, each way may name another one."""
    profile = profile_in(message)
    assert profile is None or profile
    kafka, http = over_kafka(message)[0], over_http(message)[0]
    if isinstance(kafka, Refusal):
        assert isinstance(http, Refusal)
    else:
        assert outcome(kafka) == outcome(http)


def test_an_event_that_is_no_text_names_nobody_by_a_handle() -> None:
    properties = {"network": "x", "handle": "anna"}
    for event in ([], {}, ["Social Followed"], {"name": "Social Followed"}, None, 1, True):
        message = {"type": "track", "event": event, "properties": properties}
        assert profile_in(message) is None
        assert profile_in(message | {"userId": "c-1"}) == "c-1"
