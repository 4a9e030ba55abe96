"""Pure: from the bytes of a request to the verdict on each message, whatever the bytes are."""

import copy
import json
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from schemas import topics
from schemas.messages.catalogue import TOPIC_OF_EVENT
from schemas.messages.reading import parse, read_message
from schemas.messages.spelling import CALLS
from services.ingest.batch import NotReadableError, batch_in, messages_in, one_in
from services.ingest.routing import table_with
from services.ingest.validate import Arrival, Ignored, Refused, Taken, Validator, Verdict, validate
from tests.schemas.examples import messages as examples
from tests.schemas.fuzz import fuzzed
from tests.schemas.test_message_hostile import HOSTILE, JSON
from tests.services.ingest.messages import identify, order
from tests.topology.domain.life import BOOK
from topology.agents.decode import EventDecoder
from topology.domain.history.event import Event
from topology.domain.history.instant import from_datetime

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ARRIVAL = Arrival(NOW, lambda: "api-1")
EURO = EventDecoder(BOOK.exchange)
VALIDATOR = Validator(TOPIC_OF_EVENT, EURO, 32 * 1024, may_unsuppress=True)
CALL = st.none() | st.sampled_from(sorted(CALLS))


NOW_MICROS = from_datetime(NOW)


def record(taken: Taken) -> ConsumerRecord[bytes, bytes]:
    """As a worker sees it."""
    size = len(taken.value)
    at = NOW_MICROS // 1000
    return ConsumerRecord(taken.topic, 0, 0, at, 1, None, taken.value, None, -1, size, ())


def verdicts_on(body: bytes, call: str | None = None) -> list[Verdict]:
    """All verdicts; an exception fails the test. The contract holds for every taken message."""
    verdicts = []
    for read_batch in (one_in, messages_in, batch_in):
        try:
            batch = read_batch(body)
        except NotReadableError:
            continue
        verdicts += [validate(event, call, ARRIVAL, VALIDATOR) for event in batch.events]
    for verdict in verdicts:
        if isinstance(verdict, Taken):
            message = read_message(parse(verdict.value), None).message
            assert verdict.key == (message.profile or "").encode()
            assert message.message_id
    return verdicts


def wrapped(content: Any) -> bytes:
    return json.dumps({"batch": [content]}).encode()


@fuzzed
@given(st.binary(max_size=200), CALL)
def test_any_bytes_get_a_verdict(body: bytes, call: str | None) -> None:
    verdicts_on(body, call)


def test_a_byte_order_mark_before_a_body_is_no_part_of_it() -> None:
    """Of one message, of a list and of a batch; also before what is no strict JSON."""
    one_message = json.dumps(order(1))
    not_strict = one_message.replace('"total": 59.9', '"total": 59.9, "tax": NaN')
    for text in (one_message, not_strict):
        for body in (text, f"[{text}]", f'{{"batch": [{text}]}}'):
            verdicts = verdicts_on(BOM_UTF8 + body.encode())
            assert sum(isinstance(each, Taken) for each in verdicts) == (2 if body == text else 1)


@fuzzed
@given(JSON, CALL)
def test_any_json_gets_a_verdict(content: Any, call: str | None) -> None:
    verdicts_on(json.dumps(content).encode(), call)
    verdicts_on(wrapped(content), call)


FIELDS = ("type", "event", "userId", "timestamp", "sentAt", "context", "properties", "messageId")


@fuzzed
@given(st.sampled_from(sorted(examples())), st.sampled_from(FIELDS), JSON, CALL)
def test_an_example_with_any_other_value_gets_a_verdict(
    name: str, field: str, value: Any, call: str | None
) -> None:
    message = copy.deepcopy(examples()[name])
    message[field] = value
    verdicts_on(json.dumps(message).encode(), call)


@pytest.mark.parametrize("depth", [50, 150, 250, 300, 500, 700, 900, 950, 990, 1_000, 20_000])
@pytest.mark.parametrize("leaf", ["1", "NaN"])
def test_any_depth_gets_a_verdict(depth: int, leaf: str) -> None:
    deep = '{"type": "identify", "userId": "c", "traits": ' + '{"a": ' * depth + leaf
    verdicts_on((deep + "}" * (depth + 1)).encode())
    verdicts_on(('{"batch": [' + deep + "}" * (depth + 1) + "]}").encode())


@pytest.mark.parametrize("body", HOSTILE, ids=lambda value: repr(value[:48]))
def test_hostile_bytes_get_a_verdict(body: bytes) -> None:
    verdicts_on(body)
    verdicts_on(b'{"batch": [' + body + b"]}")


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_of_the_contract_goes_to_its_topic(name: str) -> None:
    example = examples()[name]
    verdict = one(example)
    assert isinstance(verdict, Taken)
    expected = name.split("/", maxsplit=1)[0] if "event" in example else topics.SHOP_EVENTS
    assert verdict.topic == expected


def one(
    message: dict[str, Any], call: str | None = None, validator: Validator = VALIDATOR
) -> Verdict:
    return validate(json.dumps(message).encode(), call, ARRIVAL, validator)


def taken(message: dict[str, Any], call: str | None = None) -> dict[str, Any]:
    verdict = one(message, call)
    assert isinstance(verdict, Taken), verdict
    written: dict[str, Any] = json.loads(verdict.value)
    return written


def json_decodes(work: Callable[[], object]) -> int:
    """How often `work` decodes JSON."""
    count = 0

    def note(_: FrameType, kind: str, function: Any) -> None:
        nonlocal count
        decodes = function in (msgspec.json.decode, from_json)
        if kind == "c_call" and (decodes or isinstance(function.__self__, msgspec.json.Decoder)):
            count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "message",
    [
        order(1),
        order(1, sentAt="2026-11-22T11:59:00Z"),
        order(1, userId=42),
        order(1, properties={"order_id": "o-1", "total": "59.90", "currency": "EUR", "tax": None}),
        identify("c-1", city="Wien"),
        {"type": "track", "event": "Nothing Known", "userId": "c"},
        {"type": "track", "event": "Cart Viewed"},
    ],
    ids=["usual", "clock", "number as id", "amount as text", "identify", "ignored", "refused"],
)
def test_a_message_is_decoded_once(message: dict[str, Any]) -> None:
    event = json.dumps(message).encode()
    assert json_decodes(lambda: validate(event, None, ARRIVAL, VALIDATOR)) == 1


def test_the_settings_table_sends_an_event_elsewhere() -> None:
    validator = Validator(table_with({"Order Completed": "support"}), EURO, 32 * 1024)
    verdict = one(order(1), validator=validator)
    assert isinstance(verdict, Taken)
    assert verdict.topic == topics.SUPPORT_EVENTS


def test_a_message_that_is_too_large_by_one_byte_is_refused() -> None:
    validator = Validator(TOPIC_OF_EVENT, EURO, len(json.dumps(order(1))))
    assert isinstance(one(order(1), validator=validator), Taken)
    verdict = one(order(1, more=1), validator=validator)
    assert isinstance(verdict, Refused)
    assert verdict.reason == "too_large"


def test_the_path_says_what_a_message_is() -> None:
    assert isinstance(one(order(1), "group"), Ignored)
    assert taken(order(1, type="identify", event="Order Completed"), "track")["type"] == "track"


def test_what_a_sender_left_out_is_filled_in() -> None:
    written = taken({"userId": "c", "event": "Cart Viewed", "timestamp": None}, "track")
    assert (written["messageId"], written.keys() & {"timestamp", "receivedAt"}) == ("api-1", set())


def test_a_time_that_a_sender_left_out_is_the_broker_s() -> None:
    """By one clock all words are in order, whichever API they came through: none is filled in."""
    assert "timestamp" not in taken({"userId": "c", "event": "Cart Viewed"}, "track")


@pytest.mark.parametrize(
    ("channel", "expected"), [("browser", "web"), ("mobile", "app"), ("server", None)]
)
def test_segments_channels_are_ours(channel: str, expected: str | None) -> None:
    written = taken(order(1, context={"channel": channel}))
    assert written["context"].get("channel") == expected


def test_a_screen_is_of_the_app() -> None:
    assert taken({"userId": "c"}, "screen")["context"]["channel"] == "app"
    assert "channel" not in taken({"userId": "c"}, "page").get("context", {})


def test_rudderstacks_traits_are_found_in_the_context() -> None:
    written = taken({"userId": "c", "context": {"traits": {"city": "Wien"}}}, "identify")
    assert written["traits"] == {"city": "Wien"}


def test_the_context_of_a_batch_is_that_of_its_messages() -> None:
    arrival = Arrival(NOW, lambda: "api-1", context={"channel": "app", "ip": "::1"})
    event = json.dumps(order(1, context={"channel": "store"})).encode()
    verdict = validate(event, None, arrival, VALIDATOR)
    assert isinstance(verdict, Taken)
    assert json.loads(verdict.value)["context"] == {"channel": "store", "ip": "::1"}


LIFTS = "Customer Unsuppressed"
SPELLED = st.sampled_from([LIFTS, LIFTS.upper(), LIFTS.lower(), LIFTS.replace(" ", "_")])


@given(SPELLED, CALL, st.sampled_from([None, *topics.SOURCES]))
def test_what_is_taken_from_who_may_not_lift_a_suppression_lifts_none(
    event: str, call: str | None, topic: str | None
) -> None:
    """However the event is spelled: what the worker's decoder makes of it counts."""
    validator = Validator(TOPIC_OF_EVENT, EURO, 32 * 1024, topic, may_unsuppress=False)
    message = {"type": "track", "event": event, "userId": "c-1"}
    verdict = validate(json.dumps(message).encode(), call, ARRIVAL, validator)
    if isinstance(verdict, Taken):
        read = EURO.decode(record(verdict), NOW_MICROS)
        assert isinstance(read, Event)
        assert read.name != LIFTS
