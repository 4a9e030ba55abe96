"""A message finds its topic and its profile."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import messages, topics
from services.replay.routing import profile_of, topic_of

IDS = st.none() | st.text(max_size=8) | st.integers(0, 10**9)
SOCIAL = st.fixed_dictionaries(
    {"network": st.sampled_from(["linkedin", "x", "tiktok"])},
    optional={"handle": st.text(min_size=1, max_size=8)},
)


@pytest.mark.parametrize("event", sorted(messages.KNOWN_EVENTS))
def test_every_known_event_has_a_topic(event: str) -> None:
    assert topic_of({"type": "track", "event": event}) in topics.SOURCES


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ({"type": "track", "event": "Order Completed"}, topics.SHOP_EVENTS),
        ({"type": "track", "event": "Social Mentioned"}, topics.SOCIAL_EVENTS),
        ({"type": "track", "event": "Complaint Filed"}, topics.SUPPORT_EVENTS),
        ({"type": "identify"}, topics.SHOP_EVENTS),
        ({"type": "alias"}, topics.SHOP_EVENTS),
        ({"type": "track", "event": "Song Played"}, None),
        ({"type": "page"}, None),
        ({"type": ["track"], "event": {}}, None),
        ({}, None),
    ],
)
def test_the_event_or_else_the_type_decides_on_the_topic(
    message: dict[str, Any], topic: str | None
) -> None:
    assert topic_of(message) == topic


@given(IDS, IDS, SOCIAL)
def test_the_key_is_the_profile_that_the_contract_says(
    user: object, anonymous: object, properties: dict[str, str]
) -> None:
    message = {
        "type": "track",
        "event": "Social Followed",
        "userId": user,
        "anonymousId": anonymous,
        "properties": properties,
    }
    try:
        valid = messages.SOURCE_MESSAGE.validate_json(json.dumps(message))
    except ValidationError:
        return
    assert profile_of(message) == valid.profile


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_shape_of_an_id_is_too_odd(odd: object) -> None:
    profile_of({"type": "track", "event": "Social Followed", "userId": odd, "properties": odd})
