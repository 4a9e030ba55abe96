"""The derived decoder against the contracts that it is derived from, on generated input."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.messages import KNOWN_EVENTS, SOURCE_MESSAGE
from schemas.messages.fast import NOT_USUAL, TrackEvents, track_event_decoder
from tests.schemas.examples import properties_of
from tests.schemas.fuzz import fuzzed

DECODE = track_event_decoder().decode
IN_EUROS = track_event_decoder("EUR").decode
EVENTS = TrackEvents("EUR")
DERIVED = KNOWN_EVENTS - {"Survey Answered"}
"""A survey has a validator of its own, so it is pydantic's alone."""

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        ["", "EUR", "eur", "EURO", "web", "mars", "instagram", "5.0", "1e3", "x" * 300]
    ),
    st.just([]),
    st.just({}),
)
times = st.one_of(
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from(
        [
            "2026-11-20T10:15:00Z",
            "2026-11-20T10:15:00.123456+05:30",
            "2026-11-20 10:15:00Z",
            "2026-11-20t10:15:00z",
            "2026-11-20T10:15:00",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:15:60Z",
            "2026-11-20",
            "2026-11-20T10:15Z",
            "2026-11-20T10:15:00.1234561890Z",
            "1700000000",
        ]
    ),
)
properties = st.fixed_dictionaries(
    {},
    optional={
        "order_id": st.one_of(st.just("o-1"), odd),
        "total": st.one_of(st.floats(0, 1e4), odd),
        "currency": st.one_of(st.just("EUR"), odd),
        "coupon": odd,
        "rating": st.one_of(st.floats(1, 5), odd),
        "product_id": odd,
        "category": odd,
        "trigger_id": st.one_of(st.just("t"), odd),
        "channel": odd,
        "network": st.one_of(st.just("instagram"), odd),
        "handle": odd,
        "sentiment": st.one_of(st.floats(-1, 1), odd),
        "url": odd,
        "ticket_id": odd,
        "severity": odd,
        "reason": st.one_of(st.text(min_size=199, max_size=202), odd),
        "purpose": st.one_of(st.just("all"), odd),
        "products": st.one_of(
            st.lists(st.fixed_dictionaries({}, optional={"product_id": odd, "price": odd})), odd
        ),
        "unknown": odd,
    },
)
messages = st.fixed_dictionaries(
    {"type": st.one_of(st.just("track"), odd), "event": st.sampled_from(sorted(DERIVED))},
    optional={
        "messageId": odd,
        "userId": odd,
        "user_id": odd,
        "anonymousId": odd,
        "timestamp": times,
        "context": st.one_of(
            st.fixed_dictionaries(
                {},
                optional={
                    "channel": st.one_of(st.just("store"), odd),
                    "externalIds": st.lists(st.fixed_dictionaries({"id": odd}), max_size=2),
                },
            ),
            odd,
        ),
        "properties": properties,
        "unknown": odd,
    },
)


def content(message: Any) -> Any:
    """What a message says, whoever decoded it. Times as text, because both keep them in UTC."""
    read_fields = {
        name: getattr(message, name) for name in ("profile", "event", "message_id", "user_id")
    }
    read_fields |= {"anonymous_id": message.anonymous_id, "timestamp": message.timestamp}
    inner = {"context": message.context, "properties": message.properties}
    return read_fields | {name: as_builtins(value) for name, value in inner.items()}


def as_builtins(value: Any) -> Any:
    """A pydantic model or a Struct as plain data."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    fields = [name for name in value.__struct_fields__ if not name.startswith("never_")]
    return {name: json.loads(msgspec.json.encode(getattr(value, name))) for name in fields} | {
        name: [as_builtins(each) for each in getattr(value, name)]
        for name in fields
        if isinstance(getattr(value, name), tuple)
    }


@given(messages)
@settings(fuzzed, max_examples=1_000)
def test_what_it_accepts_pydantic_accepts_with_the_same_content(message: dict[str, Any]) -> None:
    """Whatever it refuses is left to pydantic."""
    text = json.dumps(message).encode()
    try:
        quick = DECODE(text)
    except msgspec.MsgspecError:
        return
    if quick.timestamp is not None and not 1 < quick.timestamp.year < 9999:
        return  # The reader leaves these to pydantic, see topology.agents.decode.
    try:
        slow = SOURCE_MESSAGE.validate_json(text)
    except ValidationError as error:
        pytest.fail(f"only pydantic refuses {message}: {error}")
    assert content(quick) == content(slow)


@given(messages)
@settings(fuzzed, max_examples=500)
def test_it_reads_the_parsed_object_as_it_reads_the_bytes(message: dict[str, Any]) -> None:
    """HTTP has parsed a message already; the worker has its bytes. Both must come to the same."""
    text = json.dumps(message).encode()
    assert read_by(EVENTS, text, None) == read_by(EVENTS, text, msgspec.json.decode(text))


def read_by(events: TrackEvents, value: bytes, parsed: Any) -> Any:
    """The content of a message; None if it is no usual one."""
    try:
        found = events.read(value, parsed)
    except NOT_USUAL:
        return None
    return found if found is None else content(found)


@given(messages)
@settings(fuzzed, max_examples=300)
def test_with_a_currency_it_accepts_the_same_as_far_as_it_is_in_it(message: dict[str, Any]) -> None:
    text = json.dumps(message).encode()
    try:
        found: Any = DECODE(text)
    except msgspec.MsgspecError:
        with pytest.raises(msgspec.MsgspecError):
            IN_EUROS(text)
        return
    if getattr(found.properties, "currency", None) in (None, "EUR", "eur"):
        assert content(IN_EUROS(text)) == content(found)
    else:
        with pytest.raises(msgspec.MsgspecError):
            IN_EUROS(text)


@pytest.mark.parametrize("event", sorted(DERIVED))
def test_it_decodes_every_track_event_itself(event: str) -> None:
    """Else the quick way would quietly be the slow one."""
    message = {
        "type": "track",
        "event": event,
        "messageId": "m-1",
        "userId": "c-42",
        "timestamp": "2026-11-20T10:15:00Z",
        "properties": {"sentiment": 0.5, "purpose": "all"} | properties_of(event) | {"rating": 4},
    }
    assert content(DECODE(json.dumps(message))) == content(
        SOURCE_MESSAGE.validate_python(message | {"timestamp": "2026-11-20T10:15:00Z"})
    )
