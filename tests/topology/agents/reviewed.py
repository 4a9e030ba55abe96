"""A customer whose order came by a quiet import, so that a trigger is held, and its review."""

from datetime import timedelta
from typing import Any

from tests.topology.agents.arriving import Arriving, ago
from tests.topology.domain.messages import Json, order, visit
from tests.topology.domain.policies import changed, rule
from topology.domain.history.instant import to_datetime

A_WEEK = timedelta(days=7)
UNLIMITED: dict[str, Any] = {
    "frequency_caps": (),
    "quiet_hours": None,
    "rest_after": None,
    "max_age": A_WEEK,
}
HELLO = rule("hello", {"entering": ["new", "promising", "potential_loyalist"]})
BOOK = changed(rules=[HELLO], **UNLIMITED)
"""A customer who orders gets a hello."""


def imported(messages: list[Json] | None = None, **policy: Any) -> Arriving:
    """A customer whose order of yesterday came by a quiet import, so the hello is held."""
    arriving = Arriving(changed(rules=[HELLO], **UNLIMITED | policy) if policy else BOOK)
    arriving.take(messages or [order(ago(1), "o-1")], quiet=True)
    arriving.settle()
    return arriving


def held_in(arriving: Arriving) -> Json:
    """The one trigger that is held."""
    [held] = [each for each in arriving.held() if each["status"] == "held"]
    return held


def decisions(arriving: Arriving) -> list[tuple[str, str | None]]:
    """What became of it, in order."""
    decided = [each for each in arriving.held() if each["decision"]]
    return [(each["status"], each["decision"]["refusal"]) for each in decided]


def join(arriving: Arriving) -> None:
    """Let the customer turn out to be somebody who was known under a smaller name."""
    now = to_datetime(arriving.now)
    arriving.take([visit(now) | {"userId": "b", "messageId": "v-b"}])
    alias = {"type": "alias", "previousId": "c", "userId": "b", "messageId": "a-1"}
    arriving.take([alias | {"timestamp": now.isoformat()}])
