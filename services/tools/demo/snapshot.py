"""What there is to see at one moment of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from schemas.counted import counted
from schemas.currency import minor_digits
from schemas.transition import Cause, Dimension, Transition
from schemas.trigger import Trigger
from topology.domain.history.money import write_minor

WIN_BACK: Final = "win_back"
"""The rule of the default policy for those who are about to leave."""
CHURN_RISK: Final = ("at_risk", "cant_lose", "hibernating")
"""Segments of customers who are about to leave, the most interesting ones first."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who is about to leave, and why that is said."""

    at: datetime
    customer: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. `now` is the instant up to which everything has been worked out.

    Nothing in it happened later than that, though some partitions may be further.
    """

    now: datetime | None = None
    done: float = 0.0
    """How much of the time has gone by, from 0 to 1."""
    sent: int = 0
    in_all: int = 0
    noun: str = "message"
    """What is sent."""
    segments: Mapping[str, int] = field(default_factory=dict)
    transitions: int = 0
    triggers: Mapping[str, int] = field(default_factory=dict)
    """How many there were, by rule."""
    dropped: int = 0
    """How often somebody dropped into churn risk."""
    latest_won_back: tuple[Leaving, ...] = ()
    """Whom to win back, the newest first."""
    latest_dropped: tuple[Leaving, ...] = ()
    """Who dropped into churn risk, the newest first."""

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return sum(self.segments.values())

    @property
    def won_back(self) -> int:
        """How many triggers shall win somebody back."""
        return self.triggers.get(WIN_BACK, 0)

    @property
    def others(self) -> Mapping[str, int]:
        """The other triggers, by rule, the most frequent first."""
        found = (each for each in self.triggers.items() if each[0] != WIN_BACK)
        return dict(sorted(found, key=lambda each: (-each[1], each[0])))


class Audience(Protocol):
    """Who watches."""

    def show(self, scene: Scene) -> None:
        """See how things are now."""

    def say(self, line: str) -> None:
        """Hear something worth telling."""

    def leave(self) -> None:
        """See nothing more: from here on the terminal is for others."""


def won_back(trigger: Trigger) -> Leaving | None:
    """Return whom a trigger shall win back, or None if it is of another rule."""
    if trigger.rule != WIN_BACK:
        return None
    action = trigger.action.kind.replace("_", " ")
    return Leaving(trigger.effective_at, trigger.customer_id, action, trigger.reason)


def dropped(transition: Transition) -> Leaving | None:
    """Return who drops into churn risk from elsewhere, or None if nobody does."""
    before, after = transition.from_value, transition.to_value
    if transition.dimension is not Dimension.SEGMENT or after not in CHURN_RISK:
        return None
    if before in CHURN_RISK:
        return None
    why = f"{_why(transition)}; was {before}."
    return Leaving(transition.effective_at, transition.customer_id, after, why)


def _why(transition: Transition) -> str:
    """Such as: No order for 90 days, 4 orders worth 312.40 EUR in the window; was loyal."""
    scores = transition.facts.after
    revenue = write_minor(scores.revenue_in_window, minor_digits(scores.currency), scores.currency)
    bought = f"{counted(scores.orders_in_window, 'order')} worth {revenue} in the window"
    if transition.cause is Cause.REFUND:
        return f"An order was taken back: {bought}"
    if scores.last_order_at is None:
        return bought
    days = (transition.effective_at - scores.last_order_at).days
    return f"No order for {counted(days, 'day')}, {bought}"
