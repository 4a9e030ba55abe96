"""How the oracle's own tests write down a history of one customer, and read what came of it.

Day 0 is noon in UTC; `day(30)` is exactly 30 times 24 hours later.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any, Final

from tests.oracle import Outcome, ReceivedMessage, run_policy, trigger_name

Message = dict[str, Any]

DAY_0: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_numbers = count(1)


def day(number: float) -> datetime:
    """Return the instant so many days after day 0."""
    return DAY_0 + timedelta(days=number)


def track(event: str, at: datetime, channel: str | None = None, **properties: Any) -> Message:
    """A track message with an id of its own."""
    context = {} if channel is None else {"context": {"channel": channel}}
    return {
        "type": "track",
        "event": event,
        "messageId": f"m{next(_numbers)}",
        "userId": "c",
        "timestamp": at.isoformat(),
        "properties": properties,
        **context,
    }


def order(
    at: datetime, order_id: str = "o", total: float = 10.0, channel: str | None = None
) -> Message:
    """An order."""
    return track("Order Completed", at, channel, order_id=order_id, total=total)


def orders(*instants: datetime, total: float = 10.0, name: str = "o") -> list[Message]:
    """Orders o1, o2, … at these instants."""
    return [order(at, f"{name}{n}", total) for n, at in enumerate(instants, start=1)]


def refund(at: datetime, order_id: str, total: float | None = None) -> Message:
    """A refund: of a part if there is a total."""
    part: Message = {} if total is None else {"total": total}
    return track("Order Refunded", at, order_id=order_id, **part)


def identify(at: datetime, **traits: Any) -> Message:
    """Traits."""
    return {
        "type": "identify",
        "messageId": f"m{next(_numbers)}",
        "userId": "c",
        "timestamp": at.isoformat(),
        "traits": traits,
    }


def delivered(at: datetime, rule: str = "elsewhere", attempt: int = 1) -> Message:
    """A trigger was acted on: the nth of a rule."""
    name = trigger_name(rule, attempt)
    return track("Retention Action Delivered", at, trigger_id=name)


def outcome_of(
    *messages: Message | ReceivedMessage | Iterable[Message], until: datetime
) -> Outcome:
    """What comes of one customer's messages, processed in the given order."""
    flat: list[Message | ReceivedMessage] = []
    for each in messages:
        flat.extend([each] if isinstance(each, dict | ReceivedMessage) else each)
    return run_policy(flat, until=until).customers["c"]


def path(found: Outcome, dimension: str = "segment") -> list[tuple[str, datetime]]:
    """Where the customer went, and when."""
    steps = [each for each in found.transitions if each.dimension == dimension]
    for one, other in pairwise(steps):
        assert one.after == other.before
    return [(each.after, each.at) for each in steps]


def fired(found: Outcome, *rules: str) -> list[tuple[str, datetime]]:
    """When the given rules fired, or all of them if none is given."""
    return [(t.rule, t.at) for t in found.triggers if not rules or t.rule in rules]


def templates_of(found: Outcome, rule: str) -> list[tuple[str | None, datetime]]:
    """With which template a rule fired, and when."""
    return [(t.template, t.at) for t in found.triggers if t.rule == rule]
