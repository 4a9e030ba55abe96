"""Whatever bytes arrive: a message, or a ValidationError, and never another exception."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.messages import SOURCE_MESSAGE, Message
from tests.schemas.examples import messages
from tests.schemas.fuzz import fuzzed

EXAMPLES = messages()


def read(value: bytes | str) -> Message | None:
    """The message, or None if it is refused; another exception fails the test."""
    try:
        message = SOURCE_MESSAGE.validate_json(value)
    except ValidationError:
        return None
    assert message.profile is None or 0 < len(message.profile.encode()) <= 4 * 300
    return message


HOSTILE = [
    b"",
    b" ",
    b"null",
    b"true",
    b"42",
    b'"track"',
    b"[]",
    b"{}",
    b"NaN",
    b"hello",
    b"\x00",
    b"\xff\xfe\x00",
    b'\xef\xbb\xbf{"type": "identify", "userId": "c"}',
    b'{"type": "identify", "userId": "c"',
    b'{"type": "identify", "userId": "c"}}',
    b'{"type": "identify", "userId": "c"} {}',
    b"{'type': 'identify', 'userId': 'c'}",
    b'{"type": "identify", "userId": "c",}',
    b'{"type": "identify", "userId": "\xff"}',
    b'{"type": "identify", "userId": "\xed\xa0\x80"}',
    b'{"type": "identify", "userId": "\\ud800"}',
    b'{"type": "identify", "userId": "\\udc00\\ud800"}',
    b'{"type": "identify", "userId": "c", "traits": {"\\udfff": 1}}',
    b'{"type": "identify", "userId": "c", "unknown": "\\ud800"}',
    b'{"type": "identify", "userId": "c", "traits": ' + b'{"a": ' * 100_000 + b"1",
    b'{"type": "identify", "userId": "c", "traits": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"type": "identify", "userId": ' + b"9" * 10_000 + b"}",
    b'{"type": "identify", "userId": "c", "traits": {"n": ' + b"9" * 10_000 + b"}}",
    b'{"type": "identify", "userId": NaN}',
    b'{"type": "identify", "userId": -Infinity}',
    b'{"type": "identify", "userId": 1e999}',
    b'{"type": {"type": "identify"}, "userId": "c"}',
    b'{"type": "track", "event": {}, "userId": "c"}',
    b'{"type": "track", "event": NaN, "userId": "c"}',
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:48]))
def test_hostile_bytes_are_refused(value: bytes) -> None:
    """Not JSON, not a message, too deep, too long, or text that is none."""
    assert read(value) is None


@pytest.mark.parametrize(
    "value",
    [
        b'{"type": "identify", "userId": "c", "traits": {"n": NaN, "i": Infinity, "big": 1e999}}',
        b'{"type": "identify", "userId": "c", "traits": ' + b'{"a": ' * 100 + b"1" + b"}" * 101,
        b'{"type": "identify", "userId": "\\ud83d\\ude00"}',
        b'{"type": "identify", "userId": "c\\u0000"}',
        b'{"type": "identify", "userId": "c", "traits": {"n": ' + b"9" * 4000 + b"}}",
        b'{"type": "identify", "userId": "c", "unknown": "' + b"x" * 2_000_000 + b'"}',
    ],
    ids=lambda value: repr(value[-48:]),
)
def test_odd_bytes_that_do_no_harm_are_taken(value: bytes) -> None:
    """Where nothing that counts is touched."""
    assert read(value) is not None


def test_of_a_field_that_is_given_twice_the_last_counts() -> None:
    """As in most readers of JSON: there is one meaning, not two."""
    message = read(b'{"type": "track", "type": "identify", "userId": "a", "userId": "b"}')

    assert message is not None
    assert message.profile == "b"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
    | st.sampled_from(["track", "identify", "alias", "Order Completed", "2026-11-20T10:15:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "event", "userId", "properties"]), inner)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@fuzzed
@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(value: bytes) -> None:
    """From a broken producer."""
    read(value)


@fuzzed
@given(JSON)
def test_any_json_is_a_message_or_refused(content: Any) -> None:
    """Lone surrogates, NaN and numbers of any size among it."""
    read(json.dumps(content))


PLACES = [
    (name, path)
    for name, message in EXAMPLES.items()
    for path in [
        *((key,) for key in message),
        *(
            (key, inner)
            for key, value in message.items()
            if isinstance(value, dict)
            for inner in value
        ),
    ]
]


@fuzzed
@given(st.sampled_from(PLACES), JSON)
def test_an_example_with_any_other_value_is_a_message_or_refused(
    place: tuple[str, tuple[str, ...]], value: Any
) -> None:
    """One field at a time, in every example."""
    name, path = place
    message = copy.deepcopy(EXAMPLES[name])
    parent = message if len(path) == 1 else message[path[0]]
    parent[path[-1]] = value

    read(json.dumps(message))


@fuzzed
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_an_example_with_a_stretch_of_bytes_replaced_is_a_message_or_refused(
    name: str, data: st.DataObject
) -> None:
    """As after a fault on the wire."""
    text = json.dumps(EXAMPLES[name]).encode()
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 20))

    read(text[:start] + data.draw(st.binary(max_size=12)) + text[start + length :])
