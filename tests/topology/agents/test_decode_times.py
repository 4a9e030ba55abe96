"""Decode: when an event happened, by its own word or the broker's, and what can't be true."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.dead_letter import DeadLetterReason
from schemas.policy import load_default_policy
from tests.topology.agents.records import BROKER_TIME, NOW, record
from tests.topology.agents.test_decode import A_DAY_AHEAD, EURO, changed, decoded, event_of
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import MICROSECOND, day
from topology.agents.dead_letters import Refusal
from topology.agents.decode import EventDecoder
from topology.domain.history.event import Event
from topology.domain.history.instant import DAY, from_datetime, to_datetime
from topology.domain.policy.compile import compile_policy


@pytest.mark.parametrize(
    "timestamp",
    ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00", "0001-01-01T00:00:00+00:01"],
)
def test_a_time_that_utc_can_t_express_is_refused(timestamp: str) -> None:
    """It lies in year 0 or 10000: no event, and no exception either."""
    for properties in ({}, {"currency": "EUR"}):
        found = decoded(changed(properties, timestamp=timestamp))

        assert isinstance(found, Refusal)
        assert found.reason in {DeadLetterReason.TIME_TOO_EARLY, DeadLetterReason.TIME_IN_FUTURE}


@pytest.mark.parametrize("timestamp", [day(-20_000), to_datetime(NOW)])
def test_a_time_however_long_ago_is_taken(timestamp: Any) -> None:
    """Backfills are old."""
    assert event_of(changed(timestamp=timestamp.isoformat())).at == from_datetime(timestamp)


THIRTY_YEARS = 10_957


@pytest.mark.parametrize(
    ("back", "now", "refused"),
    [
        (timedelta(days=THIRTY_YEARS), NOW, False),
        (timedelta(days=THIRTY_YEARS) + MICROSECOND, NOW, True),
        (timedelta(days=THIRTY_YEARS), NOW + 1, True),
    ],
)
def test_a_time_longer_ago_than_the_limit_is_refused(
    back: timedelta, now: int, *, refused: bool
) -> None:
    """By the machine's time, exactly; without a limit, as in a replay, it is taken."""
    received = record(changed(timestamp=(to_datetime(NOW) - back).isoformat()))
    found = EventDecoder(BOOK.exchange, THIRTY_YEARS * DAY).decode(received, now)

    assert isinstance(found, Refusal) is refused
    if isinstance(found, Refusal):
        assert found.reason is DeadLetterReason.TIME_TOO_EARLY
        assert "more than 10,957 days ago: see the policy's oldest_event" in found.detail
    assert isinstance(EURO.decode(received, now), Event)


def test_a_replay_may_have_any_time_whenever_it_is_run() -> None:
    """The orders of 1997 are taken in the year 2097, too; the zero of a clock never is."""
    in_2097 = from_datetime(datetime(2097, 1, 1, tzinfo=UTC))
    book = compile_policy(load_default_policy(), sends_everything=True)
    decoder = EventDecoder(book.exchange, book.oldest_event)
    old, zero = changed(timestamp="1997-01-01T12:00:00Z"), changed(timestamp="1970-12-31T23:59:59Z")

    assert isinstance(decoder.decode(record(old), in_2097), Event)
    assert isinstance(decoder.decode(record(zero), in_2097), Refusal)


@pytest.mark.parametrize("broker_time", [-1, 0])
def test_a_message_without_any_time_is_refused(broker_time: int) -> None:
    """The broker knows none either: it says -1."""
    found = decoded(changed(timestamp=...), stamp=broker_time)

    assert isinstance(found, Refusal)
    assert found.reason is DeadLetterReason.TIME_TOO_EARLY


@pytest.mark.parametrize("timestamp", [A_DAY_AHEAD, A_DAY_AHEAD - MICROSECOND])
def test_what_claims_to_be_up_to_a_day_ahead_happens_now(timestamp: Any) -> None:
    """Clocks differ; exactly a day is not more than a day. Nobody's present is ahead of now."""
    assert event_of(changed(timestamp=timestamp.isoformat())).at == NOW


def test_a_time_zone_makes_no_difference_to_the_instant() -> None:
    """The same instant, written in Berlin and with microseconds."""
    at = event_of(changed(timestamp="2026-01-01T13:00:00.000001+01:00")).at

    assert at == from_datetime(day(0)) + 1


def test_the_broker_s_time_stands_in_for_a_missing_timestamp() -> None:
    """In milliseconds there, in microseconds here."""
    assert event_of(changed(timestamp=...)).at == from_datetime(BROKER_TIME)
    assert event_of(changed(timestamp=None)).at == from_datetime(BROKER_TIME)
