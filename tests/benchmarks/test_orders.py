"""The orders of the loads `live` and `backfill`: the same customers and totals in both."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.loads.orders import Load, backfill_load, live_load, orders
from schemas.messages.fast import track_event_decoder

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DECODE = track_event_decoder().decode


LIVE, BACKFILL = live_load(200, 10, NOW), backfill_load(200, 10)


def events(load: Load) -> list[object]:
    return [DECODE(value) for _, value in orders(load)]


@pytest.mark.parametrize("load", [LIVE, BACKFILL])
def test_the_same_load_gives_the_same_orders(load: Load) -> None:
    assert list(orders(load)) == list(orders(load))


def test_live_orders_lie_within_the_last_hour_in_time_order() -> None:
    times = [event.timestamp for event in events(LIVE)]  # type: ignore[attr-defined]
    assert times == sorted(times)
    assert NOW - timedelta(hours=1) <= times[0]
    assert times[-1] < NOW


def test_a_backfill_lies_over_a_year() -> None:
    times = [event.timestamp for event in events(BACKFILL)]  # type: ignore[attr-defined]
    assert times[-1] - times[0] > timedelta(days=360)


def test_the_loads_differ_in_nothing_but_the_times() -> None:
    live, backfill = (
        [(event.user_id, event.properties) for event in events(load)]  # type: ignore[attr-defined]
        for load in (LIVE, BACKFILL)
    )
    assert live == backfill
