"""One example at least for each rule of the default policy, worked out by hand.

Each row: what happens, in the order in which it is processed, and with which template the rule
fires, and when. Day 0 is a Thursday's noon in UTC, 13:00 in Berlin: no quiet hours.
"""

import pytest

from tests.oracle import DEFAULT, rules_for_the_active, rules_for_the_silent
from tests.oracle.one_customer import Message, day, outcome_of, templates_of
from tests.oracle.rule_messages import Firings

EXAMPLES = [*rules_for_the_silent.EXAMPLES, *rules_for_the_active.EXAMPLES]


@pytest.mark.parametrize(
    ("rule", "messages", "expected"),
    [
        pytest.param(rule, messages, out, id=f"{rule}: {why}")
        for rule, why, messages, out in EXAMPLES
    ],
)
def test_a_rule_fires_when_it_should(rule: str, messages: list[Message], expected: Firings) -> None:
    found = outcome_of(messages, until=day(740))

    assert templates_of(found, rule) == expected


def test_every_rule_has_an_example() -> None:
    """So that a new rule of the policy gets one."""
    assert {rule for rule, *_ in EXAMPLES} == {rule.name for rule in DEFAULT.rules}
