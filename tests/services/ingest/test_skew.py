"""A time is told by our clock, whatever the sender's says."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.ingest.skew import corrected

from services.ingest.judge import Refused, Taken, judge
from services.ingest.parcel import batch_in
from services.ingest.translate import Arrival
from tests.schemas.fuzz import fuzzed
from tests.services.ingest.messages import order
from tests.services.ingest.test_judge import COURT, NOW, one

SPANS = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400))
MOMENTS = SPANS.map(lambda since: NOW + since)


@fuzzed
@given(MOMENTS, SPANS, st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=1)))
def test_a_wrong_clock_is_put_right(happened: datetime, error: timedelta, later: timedelta) -> None:
    """A sender whose clock is wrong says both times by it; the message is sent at once."""
    sent = happened + later
    assert corrected(happened + error, sent + error, sent) == happened


def test_a_time_that_no_calendar_has_is_left_as_it_is() -> None:
    first = datetime.min.replace(tzinfo=UTC)
    assert corrected(first, NOW, first) is None
    said = order(1, timestamp="0001-01-01T00:00:00Z", sentAt="9999-12-31T00:00:00Z")
    assert isinstance(one(said), Taken | Refused)


@pytest.mark.parametrize(
    ("sent_at", "timestamp"),
    [
        ("2026-11-22T11:00:00Z", "2026-11-20T11:15:00+00:00"),
        ("2026-11-22T12:00:00.000+00:00", "2026-11-20T10:15:00+00:00"),
        ("never", "2026-11-20T10:15:00Z"),
        (None, "2026-11-20T10:15:00Z"),
        (1763812800, "2026-11-20T10:15:00Z"),
    ],
)
def test_a_batch_says_by_its_senders_clock_when_it_was_sent(
    sent_at: object, timestamp: str
) -> None:
    parcel = batch_in(json.dumps({"batch": [order(1)], "sentAt": sent_at}).encode())
    arrival = Arrival(NOW, lambda: "api-1", parcel.sent_at)
    verdict = judge(parcel.events[0], None, arrival, COURT)
    assert isinstance(verdict, Taken)
    assert json.loads(verdict.value)["timestamp"] == timestamp
