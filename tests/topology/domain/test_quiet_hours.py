"""Quiet hours: a trigger that falls into them says not_before."""

from datetime import UTC, datetime

import pytest

from schemas.policy.limits import QuietHours
from tests.topology.domain.life import lived
from tests.topology.domain.messages import complaint, identified
from topology.domain.history.instant import from_datetime
from topology.domain.rules.calendar import QuietTime, not_before


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"

NIGHTS = [
    ("2026-01-10 18:59:59.999999", BERLIN, None),
    ("2026-01-10 19:00", BERLIN, "2026-01-11 07:00"),
    ("2026-01-11 06:59:59.999999", BERLIN, "2026-01-11 07:00"),
    ("2026-01-11 07:00", BERLIN, None),
    ("2026-07-10 18:00", BERLIN, "2026-07-11 06:00"),
    ("2026-07-10 17:59", BERLIN, None),
    ("2026-01-10 12:59", NEW_YORK, "2026-01-10 13:00"),
    ("2026-01-10 13:00", NEW_YORK, None),
    ("2026-01-10 19:00", NEW_YORK, None),
    ("2026-01-10 19:00", "Nowhere/Land", "2026-01-11 07:00"),
    # The clocks go forward in the night to 29 March, and back in that to 25 October.
    ("2026-03-28 22:00", BERLIN, "2026-03-29 06:00"),
    ("2026-10-24 22:00", BERLIN, "2026-10-25 07:00"),
    # The night before 2026 ends is over in 2027.
    ("2026-12-31 22:00", BERLIN, "2027-01-01 07:00"),
]


@pytest.mark.parametrize(("instant", "zone", "ends"), NIGHTS)
def test_a_trigger_by_night_is_not_to_go_out_before_the_morning(
    instant: str, zone: str, ends: str | None
) -> None:
    """From 20:00 to 08:00 where the customer lives; also one that is not promotional."""
    when = at(instant)
    messages = [identified(when, timezone=zone), complaint(when)]
    trigger = lived(messages).asked("service_recovery")

    assert trigger.effective_at == when
    assert trigger.not_before == (None if ends is None else at(ends))


def test_who_has_no_time_zone_has_the_shop_s() -> None:
    """Berlin, by the default policy."""
    trigger = lived([complaint(at("2026-01-10 19:00"))]).asked("service_recovery")

    assert trigger.not_before == at("2026-01-11 07:00")


NOONS = [
    ("2026-01-10 11:59", None),
    ("2026-01-10 12:00", "2026-01-10 14:00"),
    ("2026-01-10 13:59", "2026-01-10 14:00"),
    ("2026-01-10 14:00", None),
]


@pytest.mark.parametrize(("instant", "ends"), NOONS)
def test_quiet_hours_may_lie_within_a_day(instant: str, ends: str | None) -> None:
    """A siesta."""
    quiet = QuietTime(QuietHours.model_validate({"from": "12:00", "to": "14:00"}), "UTC")

    found = not_before(from_datetime(at(instant)), None, quiet)
    assert found == (None if ends is None else at(ends))


@pytest.mark.parametrize("hour", [0, 1])
def test_they_never_end_before_the_trigger(hour: int) -> None:
    """On 25 October it is 02:30 twice in Berlin, and 02:45 as well."""
    quiet = QuietTime(QuietHours.model_validate({"from": "22:00", "to": "02:45"}), BERLIN)
    instant = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)

    assert not_before(from_datetime(instant), None, quiet) == instant.replace(minute=45)


def test_a_time_zone_before_the_first_year_stops_nobody() -> None:
    """In New York the first instant of year 1 is in year 0, which there is not."""
    first = at("0001-01-01 00:00")
    messages = [identified(first, timezone=NEW_YORK, birthday="1980-01-01"), complaint(first)]

    assert lived(messages).asked("service_recovery").not_before is None
