"""Ticks of the clock: they are read from their records, and what is no tick is a dead letter."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas import topics
from schemas.clock import ClockTick
from tests.topology.agents.records import Shelf, headers_of, record
from tests.topology.domain.messages import Json, day
from topology.batching.handler import Output
from topology.domain.history.instant import from_datetime


def test_a_tick_is_read_from_its_record() -> None:
    """With its zone, in microseconds."""
    tick = record({"now": "2026-01-01T13:00:00+01:00"}, topic=topics.CLOCK)

    assert Shelf().journey.read_tick(tick) == from_datetime(day(0))
    assert ClockTick(now=day(0)).now == day(0)


@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        (None, b"not_json", b"the record has no value"),
        (b"", b"not_json", b"Invalid JSON: EOF"),
        (b"now", b"not_json", b"Invalid JSON"),
        (b"[" * 100_000, b"not_json", b"Invalid JSON"),
        (b"{}", b"invalid_field", b"now: Field required"),
        (b"5", b"invalid_field", b"Input should be an object"),
        ({"now": 5}, b"invalid_field", b"now: "),
        ({"now": "2026-01-01T12:00:00"}, b"invalid_field", b"now: "),
        ({"now": "tomorrow"}, b"invalid_field", b"now: "),
        ({"now": "0001-01-01T00:00:00+02:00"}, b"invalid_field", b"now: "),
        ({"now": "10000-01-01T00:00:00Z"}, b"invalid_field", b"now: "),
    ],
)
def test_what_is_no_tick_is_a_dead_letter(
    value: Json | bytes | None, reason: bytes, detail: bytes
) -> None:
    """With its reason, and where it was. It does not stop the clock."""
    shelf, tick = Shelf(), record(value, topic=topics.CLOCK)
    letter = shelf.journey.read_tick(tick)
    assert isinstance(letter, Output)
    assert (letter.topic, letter.value) == (topics.DEAD_LETTERS, tick.value)
    headers = headers_of(letter)
    assert (headers["reason"], headers["source-topic"]) == (reason, b"journey.clock.v1")
    assert headers["detail"].startswith(detail)


def test_a_tick_that_is_ahead_of_the_machine_s_time_by_more_than_a_day_is_a_dead_letter() -> None:
    """The clock would never come back from it. A clock that goes a bit wrong is believed."""
    shelf = Shelf()
    most = day(10_001)
    assert shelf.journey.read_tick(record({"now": most.isoformat()}, topic=topics.CLOCK)) == (
        from_datetime(most)
    )
    for now in (most + timedelta(microseconds=1), datetime.max.replace(tzinfo=UTC)):
        letter = shelf.journey.read_tick(record({"now": now.isoformat()}, topic=topics.CLOCK))
        assert isinstance(letter, Output)
        headers = headers_of(letter)
        assert headers["reason"] == b"time_in_future"
        assert b"is more than a day ahead of the machine's clock" in headers["detail"]
