"""How the oracle's own tests write down a history of one customer, and read what came of it.

Day 0 is the instant of a first order; ``day(30)`` is exactly 30 times 24 hours later.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.oracle import Complaint, Order, Refund, Verdict, judge

__all__ = ["A_MOMENT", "day", "fired", "judged", "orders", "path"]

DAY_0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


def day(number: int) -> datetime:
    """Return the instant so many days after the first order."""
    return DAY_0 + timedelta(days=number)


def orders(*instants: datetime, cents: int = 1000) -> list[Order]:
    """Make orders o1, o2, … of one customer at these instants."""
    return [Order("c", f"o{n}", at, cents) for n, at in enumerate(instants, start=1)]


def path(verdict: Verdict) -> list[tuple[str, datetime]]:
    """Return where the one customer went, and when."""
    before = "none"
    steps = []
    for transition in verdict.transitions:
        assert transition.from_segment == before
        before = transition.to_segment
        steps.append((before, transition.at))
    return steps


def fired(verdict: Verdict, *rules: str) -> list[tuple[str, datetime]]:
    """Return when the given rules fired, or all of them if none is given."""
    return [(t.rule, t.at) for t in verdict.triggers if not rules or t.rule in rules]


def judged(
    given: list[Order],
    refunds: Iterable[Refund] = (),
    complaints: Iterable[Complaint] = (),
    *,
    until: datetime,
) -> Verdict:
    """Judge a history of one customer."""
    return judge(given, refunds, complaints, until=until)
