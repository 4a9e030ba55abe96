"""Instants at the limits of the calendar, and beyond them: whatever is stored, it can be shown."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.example_counts import examples
from tests.topology.domain.histories import bounded, message_at
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    Json,
    complaint,
    day,
    event_from,
    identified,
    order,
    visit,
)
from topology.domain.history.instant import (
    DAY,
    LATEST,
    NEVER,
    ZERO_TIMES_END,
    Instant,
    from_datetime,
    in_calendar,
    to_datetime,
)
from topology.domain.history.record import replace
from topology.domain.history.state import State
from topology.domain.rows.row import decode_row, encode_row
from topology.domain.rules.calendar import QuietTime, next_birthday, not_before, zone_of
from topology.domain.view.explain import explain
from topology.domain.view.records import records_of
from topology.domain.view.view import describe

FIRST = from_datetime(datetime.min.replace(tzinfo=UTC))
LIMITS = (FIRST, 0, ZERO_TIMES_END, from_datetime(day(0)), LATEST)
NEAR = 1_000 * DAY

instants = st.builds(
    lambda limit, by: min(max(limit + by, FIRST), LATEST),
    st.sampled_from(LIMITS),
    st.sampled_from([0, 1, -1]) | st.integers(-NEAR, NEAR),
)
anything = instants | st.integers(-(1 << 63), (1 << 63) - 1) | st.just(NEVER)


def show(row: State, as_of: Instant) -> None:
    """Show all that can be asked for, as JSON."""
    describe("c", row, BOOK, as_of).model_dump_json()
    records_of(row).model_dump_json()
    for each in explain(row, BOOK, as_of):
        each.model_dump_json()


some = st.lists(instants, min_size=1, max_size=3).map(sorted)


@settings(bounded, max_examples=examples(40))
@given(st.data(), some, instants)
def test_a_message_of_any_time_can_be_shown(
    data: st.DataObject, times: list[Instant], until: Instant
) -> None:
    """Customers, explanations and exports, also long after or before, and after a restart."""
    life = Life()
    for number, at in enumerate(times):
        # A burst goes on for a while.
        burst = message_at(to_datetime(min(at, LATEST - NEAR)), f"m-{number}", "c")
        for message in data.draw(burst):
            life.process(event_from(message))
    show(life.row, life.row.as_of)
    life.wait_until(until)
    row = decode_row(encode_row(life.row))
    show(row, LATEST)

    assert row.wake_at is None or row.wake_at <= LATEST


@pytest.mark.parametrize("at", [FIRST, FIRST + 1, -1, 0, LATEST - 1, LATEST])
@pytest.mark.parametrize("make", [complaint, visit, lambda at: order(at, "o"), identified])
def test_a_message_of_the_very_limits_can_be_shown(
    at: Instant, make: Callable[[datetime], Json]
) -> None:
    """Also what fires then, and would end after the calendar."""
    life = lived([make(to_datetime(at))], LATEST)

    show(life.row, LATEST)
    assert all(each.created_at for each in life.triggers)


@bounded
@given(anything, anything)
def test_a_row_of_before_shows_what_it_has(wake: Instant, as_of: Instant) -> None:
    """It may say that it is due when no calendar goes."""
    row = lived([order(day(0), "o"), identified(day(0), birthday="1980-02-29")]).row
    row = replace(row, wake_at=wake, stage_since=as_of, history=replace(row.history, acted_at=wake))
    show(row, as_of)

    viewed = describe("c", row, BOOK, as_of).next_change_at
    assert viewed is None if wake > LATEST else viewed == to_datetime(wake)


@given(anything)
@example(LATEST + 1)
@example(FIRST - 1)
def test_every_instant_has_a_datetime(at: Instant) -> None:
    """One that no calendar has is the first or the last that there is."""
    inside = min(max(at, FIRST), LATEST)

    assert from_datetime(to_datetime(at)) == inside
    assert in_calendar(at) == (None if at > LATEST else to_datetime(at))


@bounded
@given(anything, st.sampled_from(["Asia/Tokyo", "America/New_York", "UTC"]))
def test_quiet_hours_and_birthdays_know_every_instant(at: Instant, zone: str) -> None:
    """Where the calendar ends, nothing is quiet and no birthday comes."""
    quiet = QuietTime(BOOK.quiet.hours, zone)
    end, born = not_before(at, zone, quiet), next_birthday("1980-12-31", at, zone_of(zone, "UTC"))

    assert end is None or from_datetime(end) > at
    assert born is None or born >= at


@pytest.mark.parametrize("at", [FIRST, -1, 0])
def test_silence_since_before_1970_has_an_end(at: Instant) -> None:
    """All silences are over: nothing is due for ever, and not an instant after all others."""
    row = lived([order(to_datetime(at), "o")], day(0)).row

    assert row.wake_at is None
