"""Variants of the default policy."""

from typing import Any

from schemas.policy.model import Policy
from tests.topology.domain.life import BOOK
from topology.domain.policy.compile import compile_policy
from topology.domain.policy.rulebook import Rulebook


def changed(**fields: Any) -> Rulebook:
    """The default policy with other fields at its top level."""
    return compile_policy(Policy.model_validate(BOOK.policy.model_dump() | fields))


RATES: list[dict[str, Any]] = [
    {"currency": "CHF", "from": "2025-12-01", "rate": 1.045},
    {"currency": "CHF", "from": "2026-01-15", "rate": 1.0999},
    {"currency": "CHF", "from": "2026-03-29", "rate": 0.5},
    {"currency": "JPY", "from": "2025-12-01", "rate": "0.0061"},
    {"currency": "JPY", "from": "2026-02-01", "rate": 0.55},
]
"""Those of a shop that sells in euros, francs and yen: they go up and down by more than usual."""

ABROAD = changed(exchange=RATES)
"""The default policy of that shop."""


def with_rules(rules: list[dict[str, Any]]) -> Rulebook:
    """The default policy with these rules alone."""
    return changed(rules=rules)


def only(*names: str, **fields: Any) -> Rulebook:
    """The default policy with these of its rules alone, and no limits on how often they fire."""
    rules = [rule for rule in BOOK.policy.rules if rule.name in names]
    unlimited = {"frequency_caps": (), "quiet_hours": None, "rest_after": None}
    return changed(**{"rules": rules} | unlimited | fields)


SEGMENT_RULES = (
    "service_recovery",
    "win_back",
    "wake_up",
    "second_purchase",
    "special_offer",
    "nurture",
)

SEGMENTS = only(*SEGMENT_RULES)
"""What the default policy does by segments, first orders and complaints alone."""


def rule(name: str, when: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A promotional rule with one case."""
    case = {"when": when, "action": {"kind": "content"}, "reason": "Because of {segment}."}
    case |= {name: fields.pop(name) for name in ("provided", "reason") if name in fields}
    limits = {"promotional": True, "cooldown": "30 days", "expires_after": "14 days"}
    return {"name": name, **limits, "cases": [case], **fields}


def after(name: str, days: int, **fields: Any) -> dict[str, Any]:
    """A promotional rule so many days after the first order."""
    return rule(name, {"after_first_order": f"{days} days"}, cooldown="1 day", **fields)
