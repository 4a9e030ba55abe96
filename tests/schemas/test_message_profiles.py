"""Whom a message is about."""

import json
from typing import Any

import pytest

from schemas.messages import SOURCE_MESSAGE


def profile(**fields: Any) -> str | None:
    """The profile of a social message."""
    message = {
        "type": "track",
        "event": "Social Mentioned",
        "properties": {"network": "instagram", "handle": "@anna"},
    }
    return SOURCE_MESSAGE.validate_json(json.dumps(message | fields)).profile


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"type": "identify"},
        {"type": "alias", "previousId": "a-1"},
        {"event": "Store Visited"},
        {"event": "Complaint Filed"},
    ],
)
def test_the_profile_is_the_user_id(kind: dict[str, str]) -> None:
    """Whatever else is known, and whatever the message tells."""
    assert profile(**kind, userId="c-1", anonymousId="a-1") == "c-1"


@pytest.mark.parametrize("kind", [{"type": "identify"}, {"event": "Store Visited"}])
def test_the_profile_of_any_other_message_is_else_the_anonymous_id(kind: dict[str, str]) -> None:
    """Network and handle do not count there."""
    assert profile(**kind, userId="", anonymousId="a-1") == "a-1"
    assert profile(**kind, userId="") is None


@pytest.mark.parametrize("nobody", ["", None])
def test_the_profile_is_else_the_anonymous_id(nobody: str | None) -> None:
    """An empty user id is none."""
    assert profile(userId=nobody, anonymousId="a-1") == "a-1"
    assert profile(anonymousId="a-1") == "a-1"


@pytest.mark.parametrize("nobody", ["", None])
def test_the_profile_of_a_social_message_is_else_network_and_handle(nobody: str | None) -> None:
    """The same handle on two networks is two people, until somebody says otherwise."""
    assert profile(userId=nobody, anonymousId=nobody) == "instagram:@anna"
    assert profile(properties={"network": "x", "handle": "@anna"}) == "x:@anna"


def test_a_social_message_without_any_name_has_no_profile() -> None:
    """A network alone is nobody."""
    assert profile(properties={"network": "x"}) is None
    assert profile(properties={"network": "x"}, userId="", anonymousId="") is None


@pytest.mark.parametrize(
    "message",
    [
        {"type": "track", "event": "Store Visited"},
        {"type": "track", "event": "Ticket Opened"},
        {"type": "identify"},
    ],
)
def test_a_message_that_names_nobody_has_no_profile(message: dict[str, str]) -> None:
    """The shape is right all the same: it is for the worker to refuse it with that reason."""
    named = message | {"userId": "", "anonymousId": ""}

    assert SOURCE_MESSAGE.validate_json(json.dumps(message)).profile is None
    assert SOURCE_MESSAGE.validate_json(json.dumps(named)).profile is None


def test_a_handle_counts_only_for_social_messages() -> None:
    """Elsewhere it is an unknown field."""
    visit = {"type": "track", "event": "Store Visited", "properties": {"handle": "@anna"}}

    assert SOURCE_MESSAGE.validate_json(json.dumps(visit)).profile is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("42", "42"),
        ("42.0", "42"),
        ("-7", "-7"),
        ("4.5", "4.5"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_an_id_that_is_a_number_is_the_same_as_its_text(number: str, text: str) -> None:
    """Some shops number their customers, and some tools write 42 as 42.0."""
    message = f'{{"type": "identify", "userId": {number}, "messageId": {number}}}'.encode()
    found = SOURCE_MESSAGE.validate_json(message)

    assert (found.profile, found.message_id) == (text, text)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "true", "{}", "[]"])
@pytest.mark.parametrize("field", ["userId", "anonymousId", "messageId"])
def test_what_names_nobody_is_no_id(field: str, value: str) -> None:
    """Else all customers whose id got lost in some table would be one customer called NaN."""
    message = f'{{"type": "identify", "{field}": {value}}}'.encode()

    with pytest.raises(ValueError, match=field):
        SOURCE_MESSAGE.validate_json(message)


def test_an_alias_is_about_its_user_id() -> None:
    """The previous one is the same person."""
    alias = {"type": "alias", "previousId": "a-1", "userId": "c-1"}

    assert SOURCE_MESSAGE.validate_json(json.dumps(alias)).profile == "c-1"
