"""When a message says that it happened."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.clock import ClockTick
from schemas.messages import SOURCE_MESSAGE
from tests.schemas.fuzz import fuzzed


def time_of(timestamp: Any) -> datetime | None:
    """The time of a message with this timestamp."""
    message = {"type": "identify", "userId": "c-1", "timestamp": timestamp}
    return SOURCE_MESSAGE.validate_json(json.dumps(message)).timestamp


GOOD = [
    ("2026-11-20T10:15:00Z", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-20T10:15:00+00:00", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-20T11:15:00+01:00", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-19T22:15:00-12:00", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-20T15:45:00+05:30", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-20 10:15:00Z", datetime(2026, 11, 20, 10, 15, tzinfo=UTC)),
    ("2026-11-20T10:15:00.1Z", datetime(2026, 11, 20, 10, 15, 0, 100_000, tzinfo=UTC)),
    ("2026-11-20T10:15:00.000001Z", datetime(2026, 11, 20, 10, 15, 0, 1, tzinfo=UTC)),
    ("2026-11-20T10:15:00.123456789Z", datetime(2026, 11, 20, 10, 15, 0, 123_456, tzinfo=UTC)),
    ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
]


@pytest.mark.parametrize(("timestamp", "at"), GOOD)
def test_a_time_with_its_zone_is_kept_in_utc(timestamp: str, at: datetime) -> None:
    """To the microsecond; what is finer is cut off."""
    found = time_of(timestamp)

    assert found == at
    assert found is not None
    assert found.tzinfo is UTC


BAD = [
    "2026-11-20T10:15:00",
    "2026-11-20",
    "2026-02-30T10:15:00Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T23:59:60Z",
    "2026-11-20T10:15:00+99:99",
    "20.11.2026 10:15",
    "10000-01-01T00:00:00Z",
    "-2026-11-20T10:15:00Z",
    "now",
    "",
    " ",
    "1763633700",
    "1763633700000",
    "-1763633700",
    "1e9",
    1763633700,
    1763633700.5,
    0,
    True,
    ["2026-11-20T10:15:00Z"],
    {"at": "2026-11-20T10:15:00Z"},
]


@pytest.mark.parametrize("timestamp", BAD)
def test_a_time_without_zone_a_number_or_nonsense_is_refused(timestamp: object) -> None:
    """A number could be seconds or milliseconds, in quotes or not: nobody guesses."""
    with pytest.raises(ValidationError, match="timestamp"):
        time_of(timestamp)


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_a_time_that_has_no_date_in_utc_is_refused(timestamp: str) -> None:
    """It lies in the year 0 or 10000, which there is not."""
    with pytest.raises(ValidationError, match="lies outside the years 1 to 9999"):
        time_of(timestamp)


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@fuzzed
@given(st.datetimes(timezones=OFFSETS))
def test_any_time_with_an_offset_is_the_same_instant_in_utc_or_refused(at: datetime) -> None:
    """Never another exception."""
    try:
        found = time_of(at.isoformat())
    except ValidationError:
        with pytest.raises(OverflowError):
            at.astimezone(UTC)
    else:
        assert found == at


def test_a_tick_needs_its_time() -> None:
    """A tick without one says nothing."""
    assert ClockTick.model_validate_json('{"now": "1998-07-01T02:00:00+02:00"}').now == datetime(
        1998, 7, 1, tzinfo=UTC
    )
    for text in ("{}", '{"now": null}', '{"now": 899251200}', '{"now": "1998-07-01"}'):
        with pytest.raises(ValidationError):
            ClockTick.model_validate_json(text)
