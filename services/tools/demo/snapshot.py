"""What the demo shows at one instant: figures, and the customers who are about to leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from schemas.counted import counted
from schemas.currency import minor_digits
from schemas.dimensions import Dimension
from schemas.transition import Cause, Transition
from schemas.trigger import Trigger
from topology.domain.history.money import write_minor

WIN_BACK: Final = "win_back"
"""The rule of the default policy that wins back customers who are about to leave."""
CHURN_RISK: Final = ("at_risk", "cant_lose", "hibernating")
"""The segments of customers who are about to leave, the most valuable customers first."""


@dataclass(frozen=True, slots=True)
class LeavingCustomer:
    """A customer who is about to leave: a segment or an action, and the reason."""

    at: datetime
    customer: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The demo at one instant.

    `now` is the instant that every partition has reached. Nothing in the snapshot is later, though
    some partitions are further.
    """

    now: datetime | None = None
    done: float = 0.0
    """The part of the script's time that has passed, from 0 to 1."""
    sent: int = 0
    in_all: int = 0
    noun: str = "message"
    """What one message is called."""
    segments: Mapping[str, int] = field(default_factory=dict)
    transitions: int = 0
    triggers: Mapping[str, int] = field(default_factory=dict)
    """The number of triggers, by rule."""
    dropped: int = 0
    """How often a customer dropped into churn risk."""
    latest_won_back: tuple[LeavingCustomer, ...] = ()
    """Customers to win back, the newest first."""
    latest_dropped: tuple[LeavingCustomer, ...] = ()
    """Customers who dropped into churn risk, the newest first."""

    @property
    def customers(self) -> int:
        """The number of customers."""
        return sum(self.segments.values())

    @property
    def won_back(self) -> int:
        """The number of triggers that shall win a customer back."""
        return self.triggers.get(WIN_BACK, 0)

    @property
    def others(self) -> Mapping[str, int]:
        """The other triggers, by rule, the most frequent first."""
        found = (each for each in self.triggers.items() if each[0] != WIN_BACK)
        return dict(sorted(found, key=lambda each: (-each[1], each[0])))


class Display(Protocol):
    """Shows the demo to a person."""

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot instead of the last one."""

    def print(self, line: str) -> None:
        """Print a line that stays."""

    def close(self) -> None:
        """Show nothing more: from here on others write to the terminal."""


def won_back(trigger: Trigger) -> LeavingCustomer | None:
    """Return the customer whom a trigger shall win back, None if it is of another rule."""
    if trigger.rule != WIN_BACK:
        return None
    action = trigger.action.kind.replace("_", " ")
    return LeavingCustomer(trigger.effective_at, trigger.customer_id, action, trigger.reason)


def dropped(transition: Transition) -> LeavingCustomer | None:
    """Return the customer who drops into churn risk from another segment, None if nobody does."""
    before, after = transition.from_value, transition.to_value
    if transition.dimension is not Dimension.SEGMENT or after not in CHURN_RISK:
        return None
    if before in CHURN_RISK:
        return None
    why = f"{_why(transition)}; was {before}."
    return LeavingCustomer(transition.effective_at, transition.customer_id, after, why)


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
