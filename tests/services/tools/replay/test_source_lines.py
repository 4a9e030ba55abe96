"""A line is read as far as it can be, and sent as it is in any case."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import topics
from services.tools.replay.send import validator_of
from services.tools.replay.source_lines import read_line, read_lines
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.any_message import MESSAGES, as_sent
from tests.topology.domain.life import BOOK
from topology.agents.decode import EventDecoder

HORIZON = datetime(2026, 11, 21, tzinfo=UTC)
ORDER = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m-1",
    "userId": "c-42",
    "timestamp": "2026-11-20T11:15:00+01:00",
    "properties": {"order_id": "o-7", "total": 59.90},
}
NOW = datetime(2026, 11, 29, tzinfo=UTC)
DECODER = EventDecoder(BOOK.exchange, BOOK.oldest_event)


def test_an_order_goes_to_the_shop_with_its_customer_as_the_key() -> None:
    value = json.dumps(ORDER).encode()
    line = read_line(1, value, HORIZON)
    assert (line.value, line.topic, line.key) == (value, topics.SHOP_EVENTS, b"c-42")
    assert line.at == datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
    assert line.recognised


@pytest.mark.parametrize(
    "value",
    [
        b"not json",
        b'{"type": "track"',
        b"[1, 2]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": "track", "event": "Song Played"}',
    ],
)
def test_what_nobody_recognises_goes_to_the_shop_as_it_is(value: bytes) -> None:
    line = read_line(3, value, HORIZON)
    assert (line.value, line.topic, line.recognised) == (value, topics.SHOP_EVENTS, False)


@given(st.binary())
def test_any_bytes_can_be_read(value: bytes) -> None:
    assert read_line(1, value, HORIZON).value == value


@fuzzed
@given(MESSAGES)
def test_any_message_can_be_read(message: dict[str, Any]) -> None:
    value = as_sent(message)
    assert read_line(1, value, HORIZON).value == value


@pytest.mark.parametrize(
    "content",
    [
        *("yesterday", "2026-11-20T10:15:00", 20_261_120, None, [], "2027-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00", "1970-12-31T23:59:59Z"),
    ],
)
def test_a_time_that_cannot_be_true_does_not_move_the_clock(content: object) -> None:
    value = json.dumps({**ORDER, "timestamp": content}).encode()
    line = read_line(1, value, HORIZON)
    assert line.at is None
    assert line.recognised


def test_the_latest_and_the_earliest_time_that_can_be_true_count() -> None:
    for at in (HORIZON, datetime(1971, 1, 1, tzinfo=UTC)):
        value = json.dumps({**ORDER, "timestamp": at.isoformat()}).encode()
        assert read_line(1, value, HORIZON).at == at


def test_lines_keep_their_numbers_when_empty_ones_are_left_out() -> None:
    stream = BytesIO(b'{"a": 1}\r\n\n  \n{"b": 2}')
    read = [(line.number, line.value) for line in read_lines(stream, HORIZON)]
    assert read == [(1, b'{"a": 1}'), (4, b'{"b": 2}')]


def test_a_byte_order_mark_before_a_line_is_no_part_of_it() -> None:
    """Also in the middle, where one file was put behind another."""
    stream = BytesIO(b'\xef\xbb\xbf{"a": 1}\n\xef\xbb\xbf{"b": 2}\n')
    assert [line.value for line in read_lines(stream, HORIZON)] == [b'{"a": 1}', b'{"b": 2}']


def test_a_stream_can_be_read_twice() -> None:
    stream = BytesIO(b"1\n2\n")
    assert list(read_lines(stream, HORIZON)) == list(read_lines(stream, HORIZON))


def reason_of(at: datetime, sent: datetime | None) -> str | None:
    """Why an order that happened at `at`, by a sender that sent it at `sent`, is refused."""
    content = {
        "type": "track",
        "event": "Order Completed",
        "userId": "c-42",
        "timestamp": at.isoformat(),
        "properties": {"order_id": "o-7", "total": 59.90},
    }
    if sent is not None:
        content["sentAt"] = sent.isoformat()
    validator = validator_of(DECODER, (), lambda: NOW)
    return validator(read_line(1, json.dumps(content).encode(), NOW))


def test_what_was_sent_long_ago_is_no_fault_of_its_sender_s_clock() -> None:
    """By the time of the replay it would be 20 days younger, and just young enough."""
    oldest = NOW - timedelta(microseconds=BOOK.oldest_event)
    too_old = oldest - timedelta(days=10)
    assert reason_of(too_old, NOW - timedelta(days=20)) == "time_too_early"
    assert reason_of(too_old, None) == "time_too_early"
    assert reason_of(oldest + timedelta(days=10), NOW - timedelta(days=20)) is None
