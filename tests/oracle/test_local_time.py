"""Birthdays and quiet hours, in the customer's time zone."""

from datetime import UTC, datetime

import pytest

from tests.oracle.one_customer import Message, identify, order, outcome_of, track

BIRTHDAYS = [
    # Berlin is at +01:00 in winter, at +02:00 in summer; the shop's zone.
    ("1990-01-15", None, "2026-01-14T23:00Z"),
    ("1990-07-15", None, "2026-07-14T22:00Z"),
    # 2028 is a leap year, 2026 is none.
    ("1984-02-29", None, "2026-02-27T23:00Z"),
    ("1990-01-15", "America/New_York", "2026-01-15T05:00Z"),
    ("1990-01-15", "Pacific/Kiritimati", "2026-01-14T10:00Z"),
    ("1990-07-15", "Asia/Tokyo", "2026-07-14T15:00Z"),
    ("1990-01-15", "Mars/Olympus", "2026-01-14T23:00Z"),
    ("1990-01-15", 5, "2026-01-14T23:00Z"),
    ("1985-02-29", None, None),
    ("19900115", None, None),
    ("soon", None, None),
]


def regular(*messages: Message, at: datetime) -> list[Message]:
    """Four orders at an instant, long before which nothing happened."""
    return [*messages, *(order(at, f"o{n}") for n in range(4))]


@pytest.mark.parametrize(("born", "zone", "card"), BIRTHDAYS)
def test_a_card_comes_when_the_birthday_begins(born: str, zone: object, card: str | None) -> None:
    """The gift for the fourth order was 40 days before, or later than the birthday's year."""
    begin = datetime(2025, 8, 1, tzinfo=UTC)
    known = identify(begin, birthday=born) | {}
    if zone is not None:
        known["traits"] = {**known["traits"], "timezone": zone}
    found = outcome_of(regular(known, at=begin), until=datetime(2026, 7, 31, tzinfo=UTC))

    assert [t.at for t in found.triggers if t.template == "birthday"] == (
        [datetime.fromisoformat(card)] if card else []
    )


def test_a_leap_day_comes_every_four_years() -> None:
    """28 February 2027, 29 February 2028."""
    begin = datetime(2026, 8, 1, tzinfo=UTC)
    messages = [
        *regular(identify(begin, birthday="1984-02-29"), at=begin),
        *[order(datetime(2027, 7, 1, tzinfo=UTC), f"p{n}") for n in range(4)],
    ]
    found = outcome_of(messages, until=datetime(2028, 3, 31, tzinfo=UTC))

    assert [t.at for t in found.triggers if t.template == "birthday"] == [
        datetime(2027, 2, 27, 23, tzinfo=UTC),
        datetime(2028, 2, 28, 23, tzinfo=UTC),
    ]


QUIET = [
    # Winter in Berlin: 20:00 is 19:00 in UTC, 08:00 is 07:00.
    ("2026-01-10T18:59:59.999999Z", None, None),
    ("2026-01-10T19:00Z", None, "2026-01-11T07:00Z"),
    ("2026-01-10T23:30Z", None, "2026-01-11T07:00Z"),
    ("2026-01-11T06:59:59.999999Z", None, "2026-01-11T07:00Z"),
    ("2026-01-11T07:00Z", None, None),
    # The night of 29 March 2026 is an hour shorter, that of 25 October an hour longer.
    ("2026-03-28T19:00Z", None, "2026-03-29T06:00Z"),
    ("2026-03-29T18:00Z", None, "2026-03-30T06:00Z"),
    ("2026-10-24T18:00Z", None, "2026-10-25T07:00Z"),
    ("2026-10-25T00:30Z", None, "2026-10-25T07:00Z"),
    # New York is five hours behind UTC: 20:00 is 01:00.
    ("2026-01-10T19:00Z", "America/New_York", None),
    ("2026-01-11T01:00Z", "America/New_York", "2026-01-11T13:00Z"),
    ("2026-01-10T19:00Z", "No/Where", "2026-01-11T07:00Z"),
]


@pytest.mark.parametrize(("at", "zone", "expected"), QUIET)
def test_a_trigger_in_quiet_hours_says_until_when(
    at: str, zone: str | None, expected: str | None
) -> None:
    """A complaint fires at once, and is to be answered when people are awake."""
    when = datetime.fromisoformat(at)
    messages = [track("Complaint Filed", when)]
    if zone is not None:
        messages.insert(0, identify(when, timezone=zone))
    (trigger,) = outcome_of(messages, until=when).triggers

    assert trigger.at == when
    assert trigger.not_before == (None if expected is None else datetime.fromisoformat(expected))
