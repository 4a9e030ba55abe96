"""Rules and their cases, compiled."""

from dataclasses import dataclass

from schemas.policy.rules import RuleCase
from schemas.trigger import Action
from topology.domain.history.instant import Span
from topology.domain.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class BookRule:
    """A rule; its cooldown and the life of its triggers are spans in microseconds."""

    name: str
    promotional: bool
    cooldown: Span
    expires_after: Span


@dataclass(frozen=True, slots=True)
class BookCase:
    """One way in which a rule comes to fire."""

    rule: BookRule
    case: RuleCase
    action: Action
    raised: Action
    """The action for a customer who fits the shop well: its priority is a step higher."""
    place: int
    """Its place in the policy: triggers of one instant come in this order."""
    number: int
    """Which case of its rule it is, from 0."""
    conditions: tuple[Condition, ...]
    still: Condition | None
    """Where the customer must still be if a held promotion is decided again."""
    ended_by: str
    """What the customer must not have done since if a held trigger is released: see `Kind`."""
    recovers: bool
    """True if its delivered action ends cases: it answers an open one."""
    mentions: tuple[str, ...]
    """The inputs that the reason names."""
