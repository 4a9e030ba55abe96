"""A time, in any form that can't be mistaken for another."""

import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.contract import UtcDatetime
from schemas.messages.reading.times import STRICT, parse_time, time_text
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import order, taken
from topology.domain.history.instant import to_datetime

AT = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)

SAME = [
    "2026-11-20T10:15:00Z",
    "2026-11-20t10:15:00z",
    "2026-11-20 10:15:00Z",
    "2026-11-20T10:15:00.000Z",
    "2026-11-20T10:15:00,000000000000Z",
    "2026-11-20T10:15Z",
    "2026-11-20T10:15:00+00:00",
    "2026-11-20T10:15:00-00:00",
    "2026-11-20T11:15:00+0100",
    "2026-11-20T11:15:00+01",
    "2026-11-20T11:15:00+01:00[Europe/Berlin]",
    "2026-11-20 10:15:00 UTC",
    "2026-11-20 10:15:00 +0000",
    "2026-11-20 10:15:00 +0000 UTC",
    "2026-11-20T08:15:00\u221202:00",
    "20261120T101500Z",
    "2026-W47-5T10:15:00Z",
    "2026W475T101500Z",
    "2026-324T10:15:00Z",
    " 2026-11-20T10:15:00Z ",
    1795169700000,
    1795169700000.0,
    "1795169700000",
    1795169700,
    "1795169700",
    "1795169700.000",
]


@pytest.mark.parametrize("value", SAME)
def test_the_same_instant_in_many_forms(value: object) -> None:
    assert parse_time(value) == AT


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.5+01:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-11-20T24:00:00Z", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-20T10:15:00.1234565Z", AT.replace(microsecond=123_457)),
        ("2026-11-20T10:15:00.9999999Z", AT.replace(second=1)),
        (946_684_800_000, datetime(2000, 1, 1, tzinfo=UTC)),
        (1795169700.25, AT.replace(microsecond=250_000)),
    ],
)
def test_what_is_at_an_edge(value: object, at: datetime) -> None:
    assert parse_time(value) == at


@pytest.mark.parametrize(
    "value",
    [
        *("2026-11-20T16:00:27.029:Z", "2026-11-20T10:15:00", "2026-11-20", "2026-02-30T10:15:00Z"),
        *("2026-11-20T10:15:60Z", "2026-11-20T24:00:01Z", "2026-11-20T10:15:00+99:99", "10:15:00Z"),
        *(
            "20.11.2026 10:15",
            "10000-01-01T00:00:00Z",
            "-2026-11-20T10:15:00Z",
            "now",
            "",
            " ",
            "Z",
        ),
        *(
            "2026-W54-1T10:15:00Z",
            "2026-366T10:15:00Z",
            "2026-000T10:15:00Z",
            "9999-12-31T23:59-02",
        ),
        *(20261120, 202611201015, 20261120101500, "20261120", "202611201015", "20261120101500"),
        *(0, -1, 1, 1e300, float("nan"), float("inf"), True, None, [], {}, "1e12", "²" * 13),
    ],
)
def test_what_may_be_mistaken_is_no_time(value: object) -> None:
    assert parse_time(value) is None


@fuzzed
@given(st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_what_the_quick_decoder_and_the_contract_read_is_read_the_same(at: datetime) -> None:
    value = at.isoformat() + "Z"
    quick = msgspec.json.decode(json.dumps(value).encode(), type=datetime)
    assert parse_time(value) == quick == TypeAdapter(UtcDatetime).validate_strings(value)


@fuzzed
@given(st.text("0123456789-:.TZ+W ", max_size=30) | st.from_regex(STRICT, fullmatch=True))
def test_what_either_of_them_reads_is_read(value: str) -> None:
    """Whatever else is written there: otherwise one form would have two answers."""
    found = parse_time(value)
    try:
        quick = msgspec.json.decode(json.dumps(value).encode(), type=datetime)
    except msgspec.MsgspecError:
        pass
    else:
        if quick.tzinfo is not None and 1 < quick.year < 9999:
            assert found == quick
    if found is not None:
        assert STRICT.fullmatch(time_text(value, found))
        assert parse_time(time_text(value, found)) == found


CLOCKS = [
    ("T24:00:00", "T00:00:00", 1),
    ("T24:00", "T00:00:00", 1),
    ("T240000", "T00:00:00", 1),
    (" 24:00:00", "T00:00:00", 1),
    ("T24:00:00.000", "T00:00:00", 1),
    ("T23:59:60", "T00:00:00", 1),
    ("T235960", "T00:00:00", 1),
    ("T23:59:60.75", "T00:00:00", 1),
    ("t10:15:00", "T10:15:00", 0),
    ("T10:15", "T10:15:00", 0),
    (" 10:15:00", "T10:15:00", 0),
    ("T10:15:00,000000000", "T10:15:00", 0),
    ("T101500", "T10:15:00", 0),
]
DAYS = ["%Y-%m-%d", "%Y%m%d", "%G-W%V-%u", "%GW%V%u", "%Y-%j", "%Y%j"]
ZONES = ["Z", "z", " UTC", " GMT", "+00:00", "-00:00", "+0000", "+00", " +0000 UTC"]


@pytest.mark.parametrize(("clock", "plain", "later"), CLOCKS)
@fuzzed
@given(st.dates(date(1971, 1, 2), date(2026, 11, 27)), st.sampled_from(DAYS), st.data())
def test_every_form_of_the_docs_is_one_instant(
    clock: str, plain: str, later: int, day: date, form: str, data: st.DataObject
) -> None:
    """Whichever form it has, what the API writes of it is in the contract's form."""
    value = day.strftime(form) + clock + data.draw(st.sampled_from(ZONES))
    at = datetime.fromisoformat(f"{day + timedelta(days=later)}{plain}+00:00")
    found = parse_time(value)
    assert found == at
    assert TypeAdapter(UtcDatetime).validate_python(time_text(value, found)) == at


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-20T24:00:00Z", "2026-11-21T00:00:00+00:00"),
        ("2026-11-20T24:00:00.000Z", "2026-11-21T00:00:00+00:00"),
        ("2026-11-20T24:00:00+01:00", "2026-11-20T23:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00+00:00"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00+00:00"),
    ],
)
@pytest.mark.parametrize("field", ["timestamp", "originalTimestamp", "receivedAt"])
def test_midnight_as_24_and_a_leap_second_are_read_both_ways(
    value: str, at: str, field: str
) -> None:
    event = taken(order(**{"timestamp": ...} | {field: value}))
    assert to_datetime(event.at) == datetime.fromisoformat(at)


@fuzzed
@given(st.text(max_size=40) | st.integers() | st.floats())
def test_any_value_is_a_time_or_none(value: object) -> None:
    found = parse_time(value)
    assert found is None or found.tzinfo is not None
