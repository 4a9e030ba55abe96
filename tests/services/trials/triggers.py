"""Triggers and outcomes of a trial, written short."""

from collections.abc import Sequence
from typing import Any, Final

from services.trials.outcome import CustomerAtEnd, Outcome, TrialAction, TrialTrigger, Values
from tests.topology.domain.messages import day
from topology.domain.history.instant import DAY, Instant, from_datetime

CONTENT: Final = TrialAction("content")


def at_day(number: float) -> Instant:
    """The instant so many days after day 0."""
    return from_datetime(day(number))


def trigger(number: float, **others: Any) -> TrialTrigger:
    """A trigger so many days after day 0."""
    at = at_day(number)
    fields: dict[str, Any] = {
        "id": f"id-{number}",
        "customer": "c",
        "rule": "hello",
        "at": at,
        "created_at": at,
        "sent_at": at,
        "by_clock": False,
        "action": CONTENT,
        "segment": "here",
    }
    return TrialTrigger(**{**fields, **others})


def customer(name: str, values: Values, revenue: int = 0, first: float = 0) -> CustomerAtEnd:
    """Where a customer stands at the end."""
    return CustomerAtEnd(name, values, revenue, at_day(first))


def outcome(
    triggers: Sequence[TrialTrigger] = (),
    customers: Sequence[CustomerAtEnd] = (),
    **others: Any,
) -> Outcome:
    """What came of a policy by day 100."""
    fields: dict[str, Any] = {
        "began_at": at_day(0),
        "ended_at": at_day(0) + 100 * DAY,
        "pending_from": None,
        "records": 10,
        "refused": 0,
        "customers": tuple(customers),
        "triggers": tuple(triggers),
        "held": (),
        "ahead": (),
    }
    return Outcome(**{**fields, **others})
