"""A short absence is none; a longer one is reported once, and its length when it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.platform.outage import WORTH_LOGGING_S, Outage
from tests.topology.domain.histories import bounded

Attempt = tuple[float, bool]
"""Seconds since the one before, and whether it succeeded."""


def logged_of(attempts: Sequence[Attempt], **options: float) -> list[Mapping[str, Any]]:
    now = [100.0]
    with capture_logs() as logs:
        outage = Outage(structlog.get_logger(), "kafka", clock=lambda: now[0], **options)
        for later, succeeded in attempts:
            now[0] += later
            if succeeded:
                outage.back()
            else:
                outage.away("no answer")
    return list(logs)


@pytest.mark.parametrize(
    "attempts",
    [
        [(0, True), (1, True)],
        [(0, False), (0.15, True), (0, False), (0.15, True)],
        [(0, False), (WORTH_LOGGING_S - 0.1, False), (5, True)],
    ],
)
def test_a_short_absence_is_not_reported(attempts: Sequence[Attempt]) -> None:
    assert logged_of(attempts) == []


def test_a_longer_absence_is_reported_once_and_its_seconds_at_the_return() -> None:
    logs = logged_of([(0, False), (2, False), (2, False), (2, False), (1.26, True), (1, True)])
    away, back = logs
    assert (away["event"], away["log_level"], away["reason"]) == (
        "kafka_away",
        "warning",
        "no answer",
    )
    assert (back["event"], back["log_level"], back["away_s"]) == ("kafka_back", "info", 7.3)


def test_what_counts_failures_itself_is_reported_at_once() -> None:
    assert [log["event"] for log in logged_of([(0, False), (0, True)], after_s=0)] == [
        "kafka_away",
        "kafka_back",
    ]


@bounded
@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), max_size=30))
def test_each_reported_absence_is_reported_over(attempts: Sequence[Attempt]) -> None:
    events = [log["event"] for log in logged_of([*attempts, (0, True)])]
    assert events == ["kafka_away", "kafka_back"] * (len(events) // 2)
