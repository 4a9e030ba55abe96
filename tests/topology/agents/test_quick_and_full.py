"""The quick decoder and a full reading agree: whatever is quick is what the reading would say."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import topology
from schemas.messages import Message
from schemas.messages.reading import Json
from tests.schemas.fuzz import fuzzed
from tests.schemas.test_fast_decoder import as_builtins
from tests.topology.agents.any_event import any_event, as_bytes
from tests.topology.agents.records import NOW, record
from tests.topology.domain.life import BOOK
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.agents.quick_decoder import QuickDecoder
from topology.domain.history.event import Event
from topology.domain.history.record import fields_of

if topology.IS_COMPILED:
    pytest.skip("it replaces the quick decoder, which is compiled", allow_module_level=True)


class NeverQuick(QuickDecoder):
    """Leaves every message to the reading."""

    def read(self, value: bytes, content: Json | None = None) -> Message | None:
        return None

    def read_sparse(self, content: Json) -> Message | None:
        return None


class Counting(QuickDecoder):
    """Counts the messages that were quick."""

    quick = 0

    def read(self, value: bytes, content: Json | None = None) -> Message | None:
        return self._counted(super().read(value, content))

    def read_sparse(self, content: Json) -> Message | None:
        return self._counted(super().read_sparse(content))

    def _counted(self, message: Message | None) -> Message | None:
        self.quick += message is not None
        return message


QUICK, FULL = EventDecoder(BOOK.exchange), EventDecoder(BOOK.exchange)
COUNTED = Counting(BOOK.exchange.currency)
QUICK._quick, FULL._quick = COUNTED, NeverQuick(BOOK.exchange.currency)


def outcome(events: EventDecoder, value: bytes) -> Any:
    """The refusal, or all that an event says."""
    found = events.decode(record(value), NOW)
    if isinstance(found, Refusal):
        return found
    message: Any = found.message
    inner_fields = {"message", "properties"}
    inner = {
        name: as_builtins(getattr(message, name))
        for name in ("context", "properties")
        if hasattr(message, name)
    }
    own = [getattr(found, name) for name in fields_of(Event) if name not in inner_fields]
    return (*own, message.user_id or None, message.anonymous_id or None, inner)


def agree(value: bytes) -> None:
    """They come to the same. NaN is not equal to itself, so the texts are compared."""
    assert repr(outcome(QUICK, value)) == repr(outcome(FULL, value))


def test_they_agree_about_messages_of_the_whole_catalogue() -> None:
    """Many of them are quick, else this would say little."""

    @settings(fuzzed, max_examples=500)
    @given(message=any_event(), ensure_ascii=st.booleans())
    def holds(message: Json, *, ensure_ascii: bool) -> None:
        agree(as_bytes(message, ensure_ascii=ensure_ascii))

    before = COUNTED.quick
    holds()
    assert COUNTED.quick - before > 150


BROKEN = st.sampled_from(
    [
        *(
            b"\xff",
            b"\xc3",
            b"\xc0\xaf",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\x80",
            b"\xe2\x82",
        ),
        *(
            b"\\ud800",
            b"\\udc00",
            b"\\u00fc",
            b"\\u00f",
            b"\\x",
            b"\\",
            b"\x00",
            b"\n",
            b'"',
            b"NaN",
        ),
        *("ü".encode(), "名".encode()),
    ]
)
SIGNS = st.sampled_from(
    ["👟".encode(), "\u200b".encode(), "\ufeff".encode(), b"\\ud83d\\ude00", b"\\ufeff", b"\\u0000"]
)
"""In the name of a side field these would be another spelling, which the quick decoder ignores."""


@st.composite
def garbled(draw: st.DrawFn) -> bytes:
    """The bytes of a message with others in a text, or anywhere."""
    value = as_bytes(draw(any_event()), ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()):
        place = draw(st.sampled_from([each.end() for each in re.finditer(b': "', value)]))
        return value[:place] + draw(SIGNS | BROKEN) + value[place:]
    place = draw(st.integers(0, len(value)))
    return value[:place] + draw(BROKEN) + value[place:]


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_a_byte_order_mark_is_no_part_of_a_message(before: str) -> None:
    agree(before.encode() + as_bytes(order(coupon="Größe"), ensure_ascii=False))


@settings(fuzzed, max_examples=500)
@given(garbled())
def test_they_agree_about_broken_text(value: bytes) -> None:
    """In names and in values, in fields that the quick decoder reads or ignores."""
    agree(value)


def order(**more: Any) -> Json:
    properties = {"order_id": "o-1", "total": 1, "currency": "EUR"} | more
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": "m-1",
        "userId": "c-1",
        "timestamp": "2026-11-20T10:15:00Z",
        "properties": properties,
    }


def with_text(place: str, text: bytes) -> bytes:
    """An order with bytes in the text of a field, or in the name of one."""
    return as_bytes(
        order(coupon="C", unknown="U", more={"deep": ["D"]}), ensure_ascii=True
    ).replace(place.encode(), text, 1)


PLACES = ["o-1", "c-1", "m-1", '"C"', '"U"', '"D"', '"unknown"', '"deep"', '"coupon"']


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\xaf"])
def test_broken_utf8_is_refused_with_its_reason_wherever_it_is(place: str, text: bytes) -> None:
    quoted = b'"' + text + b'"' if place.startswith('"') else text
    value = with_text(place, quoted)
    agree(value)
    found = outcome(QUICK, value)
    assert isinstance(found, Refusal)
    assert found.reason == "not_json"
    assert found.detail.startswith("Invalid JSON: ")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["ü", "👟", "\\u00fc", "\u200b7", "名"])
def test_text_that_is_not_ascii_is_quick_wherever_it_changes_nothing(place: str, text: str) -> None:
    if place in {"o-1", "c-1", "m-1"} and text.startswith("\u200b"):
        return
    before = COUNTED.quick
    value = with_text(place, f'"{text}"'.encode() if place.startswith('"') else text.encode())
    agree(value)
    assert COUNTED.quick == before + 1


@pytest.mark.parametrize("currency", ["EUR\n", " eur", "E\u200bUR", "xau", "USD", "", 1])
def test_they_agree_about_currencies(currency: Any) -> None:
    agree(as_bytes(order(currency=currency), ensure_ascii=True))


SPARSE: list[Callable[[Json], Any]] = [
    lambda message: message["properties"].pop("currency"),
    lambda message: message["properties"].update(currency=None),
    lambda message: message["properties"].update(currency="USD"),
    lambda message: message.pop("timestamp"),
    lambda message: message.update(event="Order Refunded"),
    lambda message: message.update(event="Order Refunded", properties={"order_id": "o-1"}),
    lambda message: message.update(event="Complaint Resolved", properties={"agent": "x"}),
    lambda message: message.update(event="Customer Unsuppressed", properties={"reason": "x"}),
    lambda message: message.update(event="Social Followed", properties={"network": "x"}),
    lambda message: message.update(event="Cart Viewed", properties=None),
]


@pytest.mark.parametrize("leave_out", SPARSE)
def test_a_message_that_lacks_what_may_be_absent_is_quick(leave_out: Callable[[Json], Any]) -> None:
    message = json.loads(json.dumps(order(tax=1, shipping=2)))
    leave_out(message)
    before = COUNTED.quick
    agree(as_bytes(message, ensure_ascii=False))
    assert COUNTED.quick == before + 1
