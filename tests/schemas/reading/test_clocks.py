"""When it happened, whatever a sender's clock and library say, both ways."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.messages.reading.times import set_time
from tests.schemas.fuzz import fuzzed
from tests.schemas.reading.both_ways import RECEIVED, order, refused, taken
from topology.domain.history.instant import to_datetime

SPANS = st.timedeltas(min_value=timedelta(days=-300), max_value=timedelta(days=300))
LATER = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=1))


@fuzzed
@given(
    SPANS.map(lambda since: RECEIVED + since),
    SPANS,
    LATER,
    st.sampled_from(["timestamp", "originalTimestamp"]),
)
def test_a_wrong_clock_is_put_right(
    happened: datetime, error: timedelta, later: timedelta, name: str
) -> None:
    """A sender whose clock is wrong says both times by it; the message is sent at once."""
    sent = happened + later
    content = {name: (happened + error).isoformat(), "sentAt": (sent + error).isoformat()}
    set_time(content, sent, lambda _: None)
    assert datetime.fromisoformat(content["timestamp"]) == happened
    assert "sentAt" not in content, "it would cost the quick decoder, and has served"
    again = copy.deepcopy(content)
    set_time(again, sent + timedelta(days=3), lambda _: None)
    assert again == content


@pytest.mark.parametrize(
    ("times", "at"),
    [
        ({"timestamp": "2026-11-20T09:00:00Z"}, "2026-11-20T09:00:00"),
        (
            {"originalTimestamp": "2026-11-19T09:00:00.000Z", "sentAt": "2026-11-29T09:00:00Z"},
            "2026-11-19T09:00:00",
        ),
        (
            {"originalTimestamp": "2026-11-19T09:00:00.000Z", "sentAt": "2026-11-29T08:00:00Z"},
            "2026-11-19T10:00:00",
        ),
        ({"originalTimestamp": "2026-11-19T09:00:00Z"}, "2026-11-19T09:00:00"),
        (
            {
                "timestamp": "2025-12-20T10:15:00.000Z",
                "originalTimestamp": "2025-12-20T10:15:00.000Z",
                "sentAt": "2025-12-20T10:15:05.000Z",
                "receivedAt": "2025-12-20T10:15:05.200Z",
            },
            "2025-12-20T10:15:00",
        ),
        (
            {
                "originalTimestamp": "2025-12-20T10:15:00Z",
                "sentAt": "2025-12-20T10:16:00Z",
                "receivedAt": "2025-12-20T11:16:00Z",
            },
            "2025-12-20T11:15:00",
        ),
        ({"receivedAt": "2025-12-20T11:16:00Z"}, "2025-12-20T11:16:00"),
        (
            {"timestamp": "2026-11-28T09:00:00.000Z", "sentAt": "1970-01-01T00:00:00.000Z"},
            "2026-11-28T09:00:00",
        ),
        ({"timestamp": "2026-11-28T09:00:00Z", "sentAt": 0}, "2026-11-28T09:00:00"),
        (
            {"timestamp": "2026-11-20T10:15:00Z", "sentAt": "2026-11-29T08:00:00Z"},
            "2026-11-20T11:15:00",
        ),
        (
            {"timestamp": 1795173300000, "sentAt": "1795942800", "receivedAt": None},
            "2026-11-20T11:15:00",
        ),
        ({}, "2026-11-29T09:00:00"),
        ({"timestamp": None, "sentAt": "2026-11-29T08:00:00Z"}, "2026-11-29T09:00:00"),
    ],
)
def test_when_it_happened(times: dict[str, Any], at: str) -> None:
    event = taken(order(**({"timestamp": ...} | times)))
    assert to_datetime(event.at) == datetime.fromisoformat(at).replace(tzinfo=UTC)


UNREADABLE = ["2026-11-20T16:00:27.029:Z", "yesterday", "", "2026-11-20", 20261120, True, {}, []]


@pytest.mark.parametrize("value", UNREADABLE)
@pytest.mark.parametrize(
    "more", [{}, {"sentAt": "2026-11-29T09:00:00Z"}, {"receivedAt": "2026-11-29T09:00:00Z"}]
)
def test_a_time_that_cannot_be_read_is_refused_in_any_company(value: Any, more: Any) -> None:
    found = refused(order(timestamp=value, **more))
    assert found.reason == "invalid_field"
    assert found.detail.startswith("timestamp: ")
    assert refused(order(timestamp=..., originalTimestamp=value, **more)).reason == "invalid_field"
