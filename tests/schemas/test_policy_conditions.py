"""Every condition: how it is written, and what is said of one that is none."""

import pytest

from schemas.policy.conditions import Conditions, ProfileConditions
from tests.schemas.policies import DURATION, SMALL, TEXT_MUST, line_of, policy, refusal, small

PROVIDED = "rules.hello.cases[0].provided"
CHANNELS = "'web', 'app', 'store', 'marketplace', 'partner', 'phone' or 'social'"
A_TRAIT = "write text, a number, true or false; a date is text, in quotes"

OF_CUSTOMERS = [
    "recency_score: {at_least: 3}",
    "frequency_score: {at_most: 3}",
    "monetary_score: {at_least: 2, at_most: 2}",
    "orders_in_window: {at_least: 1}",
    "revenue_in_window: {at_least: 0.01, at_most: 99.95}",
    "orders_total: {at_most: 0}",
    "newsletter: true",
    "consent: false",
    "following: yes",
    "engaged: no",
    "bought_over: [store, phone]",
    "traits: {size: [XL, 42, 1.5, true], since: ['2026-01-01'], '7': ['']}",
]
OF_RULES = [
    "unanswered: {at_most: 5}",
    "segment: [here, none]",
    "stage: [guest]",
    "tier: [A, B]",
    "care: [calm, recovering]",
    "fired_within: 12 hours",
]


def test_every_condition_is_tried_below() -> None:
    """And no other."""
    assert [condition.partition(":")[0] for condition in OF_CUSTOMERS] == list(
        ProfileConditions.model_fields
    )
    assert [condition.partition(":")[0] for condition in (*OF_CUSTOMERS, *OF_RULES)] == list(
        Conditions.model_fields
    )


@pytest.mark.parametrize("condition", [*OF_CUSTOMERS, *OF_RULES])
def test_a_rule_may_have_each_condition(condition: str) -> None:
    """And has no other, then."""
    found = policy(small("care: [calm]", condition)).rules[0].cases[0].provided

    assert list(found.model_dump(exclude_none=True)) == [condition.partition(":")[0]]


@pytest.mark.parametrize("condition", OF_CUSTOMERS)
def test_a_rung_may_have_each_condition_on_the_customer(condition: str) -> None:
    """All that do not ask where the customer stands."""
    found = policy(small("[{newsletter: true}]", f"[{{{condition}}}]")).stages[1].any[0]

    assert list(found.model_dump(exclude_none=True)) == [condition.partition(":")[0]]


@pytest.mark.parametrize("condition", OF_RULES)
def test_a_rung_can_not_ask_where_the_customer_stands(condition: str) -> None:
    """That would go round in a circle."""
    name = condition.partition(":")[0]

    assert f"stages.friend.any[0].{name}: this name is not known here; there are" in refusal(
        small("[{newsletter: true}]", f"[{{{condition}}}]")
    )


def test_a_rule_may_have_no_condition() -> None:
    """Then its occasion is enough."""
    assert policy(small("{care: [calm]}", "{}")).rules[0].cases[0].provided == Conditions()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("true", True), ("1", 1.0), ("1.0", 1.0), ("'1'", "1"), ("'true'", "true"), ("XL", "XL")],
)
def test_a_trait_is_true_a_number_or_text_as_it_is_written(written: str, meant: object) -> None:
    """True is not 1, and '1' is neither."""
    found = policy(small("care: [calm]", f"traits: {{size: [{written}]}}")).rules[0].cases[0]

    assert found.provided.traits is not None
    (value,) = found.provided.traits["size"]
    assert (type(value), value) == (type(meant), meant)


WRONG = [
    ("orders_total: 3", "orders_total", "must have names and values in it, not 3"),
    ("orders_total: {}", "orders_total", "say at_least, at_most, or both"),
    (
        "orders_total: {at_least: 3, at_most: 2}",
        "orders_total.at_least",
        "this is more than at_most: no number is both",
    ),
    ("unanswered: {at_most: -1}", "unanswered.at_most", "must be 0 or more, not -1"),
    ("unanswered: {at_least: many}", "unanswered.at_least", "must be a number, not 'many'"),
    (
        "revenue_in_window: {at_most: 0.001}",
        "revenue_in_window.at_most",
        "0.001 is finer than 0.01, the smallest unit of the currency",
    ),
    ("newsletter: 'true'", "newsletter", "must be true or false, not 'true'"),
    ("consent: 1", "consent", "must be true or false, not 1"),
    ("following: maybe", "following", "must be true or false, not 'maybe'"),
    ("engaged: [true]", "engaged", "must be true or false, not a list"),
    ("bought_over: store", "bought_over", "must be a list, such as [1, 2], not 'store'"),
    ("bought_over: []", "bought_over", "list at least one"),
    ("bought_over: [shop]", "bought_over[0]", f"must be {CHANNELS}, not 'shop'"),
    ("traits: XL", "traits", "must have names and values in it, not 'XL'"),
    ("traits: {}", "traits", "list at least one"),
    ("traits: {size: XL}", "traits.size", "must be a list, such as [1, 2], not 'XL'"),
    ("traits: {size: []}", "traits.size", "list at least one"),
    ("traits: {size: [null]}", "traits.size[0]", A_TRAIT),
    ("traits: {size: [XL, [1]]}", "traits.size[1]", A_TRAIT),
    ("traits: {size: [.nan]}", "traits.size[0]", A_TRAIT),
    ("traits: {size: [.inf]}", "traits.size[0]", A_TRAIT),
    (f"traits: {{size: [{'9' * 400}]}}", "traits.size[0]", A_TRAIT),
    ("traits: {since: [2026-01-01]}", "traits.since[0]", A_TRAIT),
    (
        "traits: {size: [XL], consent: [true]}",
        "traits.consent",
        "consent is no trait here: write consent: true, or false",
    ),
    (
        f"traits: {{{', '.join(f't{n}: [1]' for n in range(51))}}}",
        "traits.t50",
        "a policy names 50 traits at most",
    ),
    ("segment: []", "segment", "list at least one"),
    ("stage: guest", "stage", "must be a list, such as [1, 2], not 'guest'"),
    ("tier: [1]", "tier[0]", f"{TEXT_MUST}, not 1"),
    ("care: []", "care", "list at least one"),
    ("fired_within: 90", "fired_within", DURATION),
]


@pytest.mark.parametrize(("condition", "field", "answer"), WRONG)
def test_a_wrong_condition_is_refused_with_line_and_field(
    condition: str, field: str, answer: str
) -> None:
    """In one line."""
    text = small("care: [calm]", condition)

    assert refusal(text) == (
        f"shop.yaml, line {line_of('provided', SMALL)}: {PROVIDED}.{field}: {answer}"
    )


def test_what_is_no_condition_gets_a_list_of_all() -> None:
    """In their order."""
    assert refusal(small("care: [calm]", "newsleter: true")) == (
        f"shop.yaml, line {line_of('provided', SMALL)}: {PROVIDED}.newsleter: "
        f"this name is not known here; there are {', '.join(Conditions.model_fields)}"
    )
