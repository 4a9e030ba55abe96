"""What an action costs: the policy names it, and it decides nothing."""

from decimal import Decimal

import pytest

from schemas.policy import parse_policy
from tests.schemas.policies import SMALL, line_of, refusal, small
from topology.domain.policy.compile import compile_policy

CASE = "action: {kind: content}"


def test_a_cost_is_of_an_action() -> None:
    policy = parse_policy(small(CASE, "action: {kind: content, cost: 5.00}"), "p.yaml")
    assert policy.rules[0].cases[0].action.cost == Decimal("5.00")


def test_without_a_cost_there_is_none() -> None:
    assert parse_policy(SMALL, "p.yaml").rules[0].cases[0].action.cost is None


def test_a_cost_makes_no_other_version_and_is_in_no_trigger() -> None:
    with_cost = parse_policy(small(CASE, "action: {kind: content, cost: 5.00}"), "p.yaml")
    assert with_cost.version == parse_policy(SMALL, "p.yaml").version
    [case] = compile_policy(with_cost).cases
    assert not hasattr(case.action, "cost")


@pytest.mark.parametrize(
    ("cost", "problem"),
    [
        ("-1", "must be 0 or more, not -1"),
        ("5.001", "5.001 is finer than 0.01, the smallest unit of the currency"),
        ("much", "must be a number, not 'much'"),
    ],
)
def test_a_wrong_cost_is_refused_with_its_line(cost: str, problem: str) -> None:
    text = small(CASE, f"action: {{kind: content, cost: {cost}}}")
    where = "rules.hello.cases[0].action.cost"
    assert refusal(text) == f"shop.yaml, line {line_of('cost', text)}: {where}: {problem}"


def test_the_same_action_of_a_rule_has_one_cost() -> None:
    """A trigger says which rule it is of, and which action, and not which case."""
    second = """
      - when: {entering: [away]}
        action: {kind: content, priority: high, cost: 3}
        reason: Hello again."""
    text = small(CASE, "action: {kind: content, cost: 5}").rstrip() + second
    assert "two cases of a rule with the same action have the same cost" in refusal(text)
