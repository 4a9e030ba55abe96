"""Costs: what the offers of some triggers cost, by the policy that has raised them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from schemas.policy import Policy
from services.trials.outcome import TrialAction

CostTable: TypeAlias = Mapping[tuple[str, str, str, str, str], int]
"""In minor units, by the rule and what its action says, without the priority."""


def cost_table(policy: Policy) -> CostTable:
    """The costs that a policy names."""
    table: dict[tuple[str, str, str, str, str], int] = {}
    for rule in policy.rules:
        for case in rule.cases:
            action, cost = case.action, case.action.cost
            if cost is not None:
                key = (rule.name, action.kind.value, action.offer or "")
                table[*key, action.channel or "", action.template or ""] = int(
                    Decimal(cost).scaleb(policy.minor_digits)
                )
    return table


def cost_of(triggers: Iterable[tuple[str, TrialAction, int]], table: CostTable) -> int:
    """The costs of triggers: the rule, the action, and how many there are."""
    return sum(
        count * table.get((rule, each.kind, each.offer, each.channel, each.template), 0)
        for rule, each, count in triggers
    )
