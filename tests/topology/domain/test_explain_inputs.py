"""An explanation shows each condition with its fact, in words and units for a person."""

from datetime import datetime
from typing import Any

import pytest

from schemas.customer import ConditionExplanation
from tests.topology.domain.life import Life, lived
from tests.topology.domain.messages import Json, day, order, orders, visit
from tests.topology.domain.policies import rule, with_rules
from topology.domain.history.instant import from_datetime
from topology.domain.view.explain import explain


def conditions(messages: list[Json], at: datetime, **provided: Any) -> list[ConditionExplanation]:
    """The conditions of a rule that fires on an order, as of an instant."""
    book = with_rules([rule("hello", {"entering": ["new"]}, provided=provided)])
    life = lived(messages, at, book)
    (case,) = explained(life, at).cases
    return list(case.conditions)


def explained(life: Life, at: datetime) -> Any:
    """The explanation of the only rule."""
    (found,) = explain(life.row, life.book, from_datetime(at))
    return found


def in_short(condition: ConditionExplanation) -> tuple[str, str, object, bool]:
    """Field, what is wanted, the fact, and whether that will do."""
    return condition.field, condition.wanted, condition.fact, condition.met


def over(channel: str, message: Json) -> Json:
    """The message over another channel."""
    return message | {"context": {"channel": channel}}


def test_revenue_is_shown_in_the_unit_of_its_bound() -> None:
    """Major units, as the policy is written."""
    (found,) = conditions(
        orders(day(0), total=312.4), day(0), revenue_in_window={"at_least": 50, "at_most": 999.5}
    )

    assert in_short(found) == ("revenue_in_window", "at least 50 and at most 999.5", "312.40", True)


def test_a_large_bound_is_written_out() -> None:
    """Not as a power of ten."""
    (found,) = conditions([visit(day(0))], day(0), revenue_in_window={"at_least": "1e3"})

    assert in_short(found) == ("revenue_in_window", "at least 1000", "0.00", False)


@pytest.mark.parametrize(
    ("messages", "fact", "met"),
    [
        ([visit(day(0))], "none", False),
        ([order(day(0), "a")], "web", False),
        ([order(day(0), "a"), over("store", order(day(1), "b"))], "web and store", True),
    ],
)
def test_channels_that_were_bought_over_are_named(
    messages: list[Json],
    fact: str,
    met: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """All of them."""
    (found,) = conditions(messages, day(1), bought_over=["store", "phone"])

    assert in_short(found) == ("bought_over", "store or phone", fact, met)


def test_a_rule_that_never_fired_says_so() -> None:
    """And the limit is in the policy's words."""
    (found,) = conditions(orders(day(0)), day(0), fired_within="12 hours")

    assert in_short(found) == ("fired_within", "12 hours", "never", False)


def test_a_rule_that_fired_says_how_long_ago() -> None:
    """In whole hours or days; the limit itself is exact."""
    once = {"when": {"entering": ["promising"]}, "provided": {"fired_within": "30 days"}}
    hello = rule("hello", {"entering": ["new"]}, cooldown="1 hour")
    hello["cases"].append(hello["cases"][0] | once)
    life = lived(orders(day(0)), book=with_rules([hello]))

    assert [
        in_short(explained(life, at).cases[1].conditions[0])[2:]
        for at in (day(0), day(1), day(29.9), day(30))
    ] == [("0 hours", True), ("24 hours", True), ("29 days", True), ("30 days", False)]


def test_a_trait_is_shown_beside_those_that_will_do() -> None:
    """With its name."""
    identified = {
        "type": "identify",
        "messageId": "i",
        "userId": "c",
        "timestamp": day(0).isoformat(),
        "traits": {"size": "XL", "member": True},
    }
    found = conditions([identified], day(0), traits={"size": ["L", 42], "member": [True]})

    assert [in_short(each) for each in found] == [
        ("traits.size", "L or 42", "XL", False),
        ("traits.member", "true", True, True),
    ]


def test_the_sentence_has_true_and_false_as_the_policy_writes_them() -> None:
    """Both the wanted and the fact."""
    hello = rule("hello", {"entering": ["new"]}, provided={"newsletter": True})
    found = explained(lived([visit(day(0))], book=with_rules([hello])), day(0))

    assert found.because == (
        "It waits for: entering new (now: none), provided newsletter is true (now: false)."
    )


def test_a_rule_that_rests_is_not_shown_as_held() -> None:
    """What falls into its cooldown is lost, and does not wait."""
    life = lived(orders(day(0)), day(1), with_rules([rule("hello", {"entering": ["new"]})]))
    found = explained(life, day(1))

    assert found.state == "resting"
    assert found.held_by is None
    assert found.would_be_held_by == "there was enough promotion of late"
