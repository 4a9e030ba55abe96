"""The load of the races: the same customers and totals whatever the kind."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.loads.orders import Kind, load_of, orders
from schemas.messages.fast import track_event_decoder

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DECODE = track_event_decoder().decode


def events(kind: Kind) -> list[object]:
    return [DECODE(value) for _, value in orders(load_of(kind, 200, 10, NOW))]


@pytest.mark.parametrize("kind", Kind)
def test_the_same_load_gives_the_same_orders(kind: Kind) -> None:
    load = load_of(kind, 200, 10, NOW)
    assert list(orders(load)) == list(orders(load))


def test_live_orders_lie_within_the_last_hour_in_time_order() -> None:
    times = [event.timestamp for event in events(Kind.LIVE)]  # type: ignore[attr-defined]
    assert times == sorted(times)
    assert NOW - timedelta(hours=1) <= times[0]
    assert times[-1] < NOW


def test_a_backfill_lies_over_a_year() -> None:
    times = [event.timestamp for event in events(Kind.BACKFILL)]  # type: ignore[attr-defined]
    assert times[-1] - times[0] > timedelta(days=360)


def test_the_kinds_differ_in_nothing_but_the_times() -> None:
    live, backfill = (
        [(event.user_id, event.properties) for event in events(kind)]  # type: ignore[attr-defined]
        for kind in Kind
    )
    assert live == backfill
