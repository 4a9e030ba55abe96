"""No body, whatever it is, is more than a webhook that can't be mapped."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connect.connectors import CONNECTORS
from services.connect.mapped import Mapped, Outcome, UnmappableError
from services.connect.receive import map_body
from tests.services.connect.shop import EXAMPLES, MAIN, TOPIC, Golden

TOPICS = {
    kind: sorted({each.headers[TOPIC[kind]] for each in EXAMPLES if each.kind == kind} | {"", "é"})
    for kind in CONNECTORS
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["0", "1e999", "-5", "9" * 400, "2026-10-03T09:20:10Z", "a@b.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def mapped(kind: str, topic: str, body: bytes) -> Mapped | None:
    """What a body means, None if it can't be mapped. Another exception fails the test."""
    try:
        found = map_body(CONNECTORS[kind], {TOPIC[kind]: topic}, body, MAIN[kind])
    except UnmappableError:
        return None
    assert bool(found.messages) == (found.outcome is Outcome.TAKEN)
    for message in found.messages:
        json.dumps(message)
        assert message["messageId"].startswith(MAIN[kind].prefix)
        assert message["userId"]
    return found


@pytest.mark.parametrize("kind", CONNECTORS)
@given(data=st.data())
def test_any_bytes(kind: str, data: st.DataObject) -> None:
    mapped(kind, data.draw(st.sampled_from(TOPICS[kind])), data.draw(st.binary()))


@pytest.mark.parametrize("kind", CONNECTORS)
@given(data=st.data())
def test_any_json(kind: str, data: st.DataObject) -> None:
    topic, value = data.draw(st.sampled_from(TOPICS[kind])), data.draw(JSON)
    mapped(kind, topic, json.dumps(value).encode())


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a payload."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        inner = [place for key, each in value.items() for place in places(each, (*path, key))]
    if isinstance(value, list):
        inner = [place for key, each in enumerate(value) for place in places(each, (*path, key))]
    return [*([path] if path else []), *inner]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_with_something_else_in_one_place(example: Golden) -> None:
    """In each place once what it is not, and once nothing at all."""
    topic = example.headers[TOPIC[example.kind]]
    for place in places(example.payload):
        others: tuple[Any, ...] = (
            None,
            "",
            [],
            {},
            True,
            -1,
            0,
            1.5,
            "x" * 10_000,
            [{}],
            {"id": {}},
            "\ud800",
        )
        for value in others:
            payload = copy.deepcopy(example.payload)
            inner = payload
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = value
            mapped(example.kind, topic, json.dumps(payload).encode())


@given(data=st.data())
def test_an_example_with_anything_in_several_places(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(EXAMPLES))
    payload = copy.deepcopy(example.payload)
    for place in data.draw(st.lists(st.sampled_from(places(payload)), max_size=4)):
        inner = payload
        for step in place[:-1]:
            try:
                inner = inner[step]
            except (TypeError, KeyError, IndexError):
                break
        else:
            try:
                inner[place[-1]] = data.draw(JSON)
            except (TypeError, IndexError):
                continue
    mapped(example.kind, example.headers[TOPIC[example.kind]], json.dumps(payload).encode())


@pytest.mark.parametrize("kind", CONNECTORS)
def test_a_body_that_is_nested_deeply(kind: str) -> None:
    for body in (b"[" * 100_000, b'{"a":' * 100_000, b'{"id": ' + b"9" * 100_000 + b"}"):
        for topic in TOPICS[kind]:
            mapped(kind, topic, body)
