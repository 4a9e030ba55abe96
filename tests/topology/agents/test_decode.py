"""Decode: a record's bytes into an event, or the reason why not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letter import DeadLetterReason
from schemas.messages.reading import parse, read_message
from tests.topology.agents.records import NOW, record
from tests.topology.domain.histories import bounded, histories
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import MICROSECOND, Json, day, event_from, order, review, track
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.domain.history.event import Event
from topology.domain.history.instant import from_datetime, to_datetime

ORDER = order(day(0), "o-7", 59.9)
EURO = EventDecoder(BOOK.exchange)


def decoded(value: Json | bytes | None, **fields: Any) -> Event[Any] | Refusal:
    """What comes of a record."""
    return EURO.decode(record(value, **fields), NOW)


def event_of(value: Json | bytes, **fields: Any) -> Event[Any]:
    """The event of a record that is taken."""
    found = decoded(value, **fields)
    assert isinstance(found, Event), found
    return found


def changed(properties: Json | None = None, **fields: Any) -> Json:
    """An order with other fields, or other properties. `...` leaves one out."""
    message = ORDER | fields | {"properties": ORDER["properties"] | (properties or {})}
    message["properties"] = {k: v for k, v in message["properties"].items() if v is not ...}
    return {name: value for name, value in message.items() if value is not ...}


A_DAY_AHEAD = to_datetime(NOW) + timedelta(days=1)

REFUSED = [
    (None, DeadLetterReason.NOT_JSON, "the record has no value"),
    (b"", DeadLetterReason.NOT_JSON, "Invalid JSON: EOF"),
    (b"hello", DeadLetterReason.NOT_JSON, "Invalid JSON: expected value"),
    (b"\xff\xfe", DeadLetterReason.NOT_JSON, "Invalid JSON"),
    (b'{"type": "track"', DeadLetterReason.NOT_JSON, "Invalid JSON: EOF"),
    (b"[" * 5000, DeadLetterReason.NOT_JSON, "Invalid JSON: recursion limit"),
    (b"[]", DeadLetterReason.UNKNOWN_SHAPE, "the record is JSON, but no object"),
    (b"42", DeadLetterReason.UNKNOWN_SHAPE, "the record is JSON, but no object"),
    (b"null", DeadLetterReason.UNKNOWN_SHAPE, "the record is JSON, but no object"),
    (b"{}", DeadLetterReason.UNKNOWN_SHAPE, "type must be track, page, screen, identify or alias"),
    (changed(type="group"), DeadLetterReason.UNKNOWN_SHAPE, "type must be track, page, screen"),
    (changed(event="Order Forgotten"), DeadLetterReason.UNKNOWN_SHAPE, "Order Completed"),
    (changed(event=...), DeadLetterReason.UNKNOWN_SHAPE, "event is missing: write the name"),
    (changed(userId=...), DeadLetterReason.NO_PROFILE, "the message names nobody"),
    (changed(userId=""), DeadLetterReason.NO_PROFILE, "give userId, anonymousId"),
    (changed(userId="\0clock"), DeadLetterReason.INVALID_FIELD, "begin with a zero byte"),
    (changed(userId="c" * 257), DeadLetterReason.INVALID_FIELD, "userId "),
    (changed({"currency": "xau"}), DeadLetterReason.UNKNOWN_CURRENCY, "xau is no currency"),
    (
        changed({"currency": "usd"}),
        DeadLetterReason.NO_EXCHANGE_RATE,
        "add one under exchange:, such as - {currency: USD, from: 2026-01-01, rate: (what 1 USD",
    ),
    (
        changed({"currency": "USD", "total": 1}, event="Order Refunded"),
        DeadLetterReason.NO_EXCHANGE_RATE,
        "the policy has no rate of USD",
    ),
    (changed({"currency": "euro"}), DeadLetterReason.UNKNOWN_CURRENCY, "properties.currency "),
    (changed({"total": -0.01}), DeadLetterReason.NEGATIVE_TOTAL, "properties.total "),
    (
        changed({"total": -5}, event="Order Refunded"),
        DeadLetterReason.NEGATIVE_TOTAL,
        "properties.total ",
    ),
    (changed({"total": "much"}), DeadLetterReason.INVALID_FIELD, "properties.total "),
    (changed({"total": 1e12}), DeadLetterReason.INVALID_FIELD, "properties.total "),
    (changed({"total": float("nan")}), DeadLetterReason.INVALID_FIELD, "properties.total "),
    (changed({"total": ...}), DeadLetterReason.INVALID_FIELD, "properties.total is missing"),
    (changed({"order_id": ""}), DeadLetterReason.INVALID_FIELD, "properties.order_id "),
    (review(day(0), 6), DeadLetterReason.INVALID_FIELD, "properties.rating "),
    (review(day(0), 0), DeadLetterReason.INVALID_FIELD, "properties.rating "),
    (changed(timestamp="yesterday"), DeadLetterReason.INVALID_FIELD, "timestamp: "),
    (changed(timestamp="2026-01-01T12:00:00"), DeadLetterReason.INVALID_FIELD, "timestamp: "),
    (changed(timestamp=20261120), DeadLetterReason.INVALID_FIELD, "timestamp: "),
    (
        changed(timestamp=(A_DAY_AHEAD + MICROSECOND).isoformat()),
        DeadLetterReason.TIME_IN_FUTURE,
        "more than a day ahead of the machine's clock",
    ),
    (
        changed(timestamp="1970-01-01T00:00:00+01:00"),
        DeadLetterReason.TIME_TOO_EARLY,
        "the time 1969-12-31T23:00:00+00:00 is before 1971: the zero of a clock",
    ),
    (changed(timestamp="0001-01-01T00:00:00Z"), DeadLetterReason.TIME_TOO_EARLY, "0001-01-01"),
]


@pytest.mark.parametrize(("value", "reason", "detail"), REFUSED)
def test_a_bad_record_is_refused_with_its_reason_in_a_sentence(
    value: Json | bytes | None, reason: DeadLetterReason, detail: str
) -> None:
    """A code for programs, and for people what is wrong and where."""
    found = decoded(value)

    assert isinstance(found, Refusal)
    assert found.reason is reason
    assert detail in found.detail


def test_every_reason_there_is_has_an_example() -> None:
    """A new reason needs one in the table above."""
    whatever_it_says = {
        DeadLetterReason.WRONG_PARTITION,
        DeadLetterReason.TOO_LARGE,
        DeadLetterReason.TOO_MANY_NAMES,
    }
    assert {reason for _, reason, _ in REFUSED} == set(DeadLetterReason) - whatever_it_says


def test_an_order_is_decoded_with_all_that_counts() -> None:
    """Profile, id, time and properties."""
    event = event_of(ORDER)

    assert (event.profile, event.message_id) == ("c", "m-o-7")
    assert event.at == from_datetime(day(0))
    assert event.name == "Order Completed"
    assert (event.properties.order_id, event.properties.total) == ("o-7", 59.9)


@pytest.mark.parametrize(
    ("headers", "quiet"),
    [
        ([], False),
        ([("quiet", b"true")], True),
        ([("quiet", b"")], True),
        ([("other", b"x"), ("quiet", b"1")], True),
        ([("quiet", b"False")], False),
        ([("quiet", b"0")], False),
        ([("loud", b"true")], False),
    ],
)
def test_a_header_says_that_nothing_is_to_be_sent(headers: Any, *, quiet: bool) -> None:
    """Whoever writes it means it: an import is better silent than loud by a slip of the pen."""
    assert event_of(ORDER, headers=headers).quiet_until == (NOW if quiet else None)


def test_the_record_s_place_stands_in_for_a_missing_message_id() -> None:
    """The same record gives the same id, however often it is read."""
    value = changed(messageId=...)
    event = event_of(value, offset=12, partition=3)

    assert event.message_id == "shop.events.v1-3-12"
    assert event_of(value, offset=13, partition=3).message_id != event.message_id


@pytest.mark.parametrize("currency", ["EUR", "eur", "Eur", None, ...])
def test_the_policy_s_currency_is_known_in_any_case_or_when_left_out(currency: Any) -> None:
    """`eur` is what some shops write."""
    assert event_of(changed({"currency": currency})).properties.total == 59.9


def test_unknown_fields_are_ignored_wherever_they_are() -> None:
    """A newer shop may send more than we know."""
    plain = event_of(ORDER)
    more = changed(
        {"tax": 3.5, "products": [{"product_id": "p", "colour": "red"}]},
        integrations={"All": True},
        sentAt="whenever",
        context={"channel": "store", "page": {"url": "https://example.com"}},
    )

    assert event_of(more).at == plain.at
    assert event_of(more).properties.total == plain.properties.total


@pytest.mark.parametrize(
    ("names", "profile"),
    [
        ({"userId": "u", "anonymousId": "a"}, "u"),
        ({"userId": ..., "anonymousId": "a"}, "a"),
        ({"userId": None, "anonymousId": "a"}, "a"),
        ({"userId": "", "anonymousId": "a"}, "a"),
        ({"userId": 42}, "42"),
        ({"userId": "Zoë"}, "Zoë"),
    ],
)
def test_the_profile_is_the_user_else_the_anonymous_one(names: Json, profile: str) -> None:
    """A number is as good as its text."""
    assert event_of(changed(**names)).profile == profile


def test_a_social_message_may_be_known_by_its_handle_alone() -> None:
    """`network:handle` is the profile then."""
    social = track("Social Mentioned", day(0), "m", network="x", handle="zoe")

    assert event_of(social | {"userId": None}).profile == "x:zoe"
    assert event_of(social).profile == "c"
    nameless = social | {"userId": None, "properties": {"network": "x"}}
    found = decoded(nameless)
    assert isinstance(found, Refusal)
    assert found.reason is DeadLetterReason.NO_PROFILE


@pytest.mark.parametrize("key", [None, b"", b"somebody else"])
def test_the_record_s_key_does_not_matter(key: bytes | None) -> None:
    """The profile is what the message says."""
    assert event_of(ORDER, key=key).profile == "c"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
odd_values = json_values | st.sampled_from(
    ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "5", 1, "\0"]
)


@st.composite
def garbled(draw: st.DrawFn) -> bytes:
    """A good message in which one or two fields have an odd value, are missing, or are new."""
    message: Json = json.loads(json.dumps(draw(st.sampled_from(draw(histories(max_size=4))))))
    for _ in range(draw(st.integers(1, 2))):
        inner = draw(st.sampled_from([message, message.setdefault("properties", {})]))
        name = draw(st.sampled_from([*inner, "context", "currency", "products", "anonymousId"]))
        if draw(st.booleans()):
            inner[name] = draw(odd_values)
        else:
            inner.pop(name, None)
        if not isinstance(message.get("properties", {}), dict):
            break
    return json.dumps(message).encode()


@bounded
@given(
    garbled() | st.binary(max_size=20) | json_values.map(lambda value: json.dumps(value).encode())
)
def test_whatever_comes_is_an_event_or_a_refusal(value: bytes) -> None:
    """Never an exception: one bad record would stop its partition."""
    found = decoded(value)

    if isinstance(found, Refusal):
        assert found.detail
        assert found.detail.encode()
    else:
        assert found.profile
        assert to_datetime(found.at).year >= 1
        read = read_message(parse(value), None).message
        assert found.profile == read.profile
        assert found.message_id in {read.message_id, "shop.events.v1-0-7"}


@bounded
@given(histories())
def test_a_good_message_is_decoded_as_the_contracts_say(messages: list[Json]) -> None:
    """Whatever decoder reads it."""
    for message in messages:
        found, read = event_of(message), event_from(message)
        assert (found.profile, found.message_id, found.at) == (
            read.profile,
            read.message_id,
            read.at,
        )
        assert found.name == read.name
        expected = getattr(read.message, "properties", None)
        if expected is not None:
            for name in type(expected).model_fields:
                assert str(getattr(found.properties, name)) == str(getattr(expected, name))
