"""Service recovery and the ideal customer: how they are written, and what is said of wrong ones."""

from datetime import timedelta

import pytest

from tests.schemas.policies import DURATION, SMALL, line_of, policy, refusal, small

RECOVERY = "review_at_most: 2, open_for: 30 days"
LINE = line_of("service_recovery:", SMALL)


def recovering(values: str) -> str:
    """The small policy with more to say of service recovery."""
    return small(RECOVERY, f"{RECOVERY}, {values}")


def ideal(values: str) -> str:
    """The small policy with an ideal customer on the line before service recovery."""
    return SMALL.replace("service_recovery:", f"ideal_customer: {{{values}}}\nservice_recovery:")


def test_scores_and_moods_may_open_a_case() -> None:
    """Down to the lowest and up to the highest of each."""
    values = "nps_at_most: 10, csat_at_most: 1, sentiment_at_most: -1, recovering_for: 36 hours"
    recovery = policy(recovering(values)).service_recovery

    assert (recovery.nps_at_most, recovery.csat_at_most) == (10, 1)
    assert recovery.sentiment_at_most == -1
    assert recovery.recovering_for == timedelta(hours=36)


def test_nothing_but_a_complaint_and_a_review_opens_a_case_if_nothing_is_set() -> None:
    """As in a policy of the release before."""
    assert policy(SMALL).service_recovery.model_dump(exclude_none=True) == {
        "review_at_most": 2,
        "open_for": "30 days",
    }


WRONG = [
    ("nps_at_most: -1", "nps_at_most", "must be 0 or more, not -1"),
    ("nps_at_most: 11", "nps_at_most", "must be 10 or less, not 11"),
    ("nps_at_most: 6.5", "nps_at_most", "must be a whole number, not 6.5"),
    ("csat_at_most: 0", "csat_at_most", "must be 1 or more, not 0"),
    ("csat_at_most: 6", "csat_at_most", "must be 5 or less, not 6"),
    ("sentiment_at_most: -1.1", "sentiment_at_most", "must be -1 or more, not -1.1"),
    ("sentiment_at_most: 1.1", "sentiment_at_most", "must be 1 or less, not 1.1"),
    ("sentiment_at_most: bad", "sentiment_at_most", "must be a number, not 'bad'"),
    ("sentiment_at_most: '-0.5'", "sentiment_at_most", "must be a number, not '-0.5'"),
    ("sentiment_at_most: true", "sentiment_at_most", "must be a number, not true"),
    ("sentiment_at_most: .nan", "sentiment_at_most", "must be a number, not nan"),
    ("recovering_for: 14", "recovering_for", DURATION),
]


@pytest.mark.parametrize(("values", "field", "answer"), WRONG)
def test_a_wrong_bound_of_a_case_is_refused(values: str, field: str, answer: str) -> None:
    """With line and field."""
    assert (
        refusal(recovering(values)) == f"shop.yaml, line {LINE}: service_recovery.{field}: {answer}"
    )


def test_an_ideal_customer_has_traits_with_weights() -> None:
    """And a bound from which on priority is raised."""
    values = "raises_priority_from: 1, traits: [{weight: 100, provided: {bought_over: [store]}}]"
    found = policy(ideal(values)).ideal_customer

    assert found is not None
    assert found.raises_priority_from == 1
    assert [trait.weight for trait in found.traits] == [100]


TRAITS = "traits: [{weight: 1, provided: {newsletter: true}}]"
WRONG_IDEALS = [
    (f"raises_priority_from: 0, {TRAITS}", "raises_priority_from", "must be more than 0, not 0"),
    (f"raises_priority_from: 1.5, {TRAITS}", "raises_priority_from", "must be 1 or less, not 1.5"),
    (f"raises_priority_from: .nan, {TRAITS}", "raises_priority_from", "must be a number, not nan"),
    (f"raises_priority_from: true, {TRAITS}", "raises_priority_from", "must be a number, not true"),
    (TRAITS, "raises_priority_from", "is missing"),
    ("raises_priority_from: 0.5", "traits", "is missing"),
    ("raises_priority_from: 0.5, traits: []", "traits", "list at least one"),
    *(
        (f"raises_priority_from: 0.5, traits: [{{{trait}}}]", f"traits[0].{field}", values)
        for trait, field, values in [
            ("weight: 0, provided: {engaged: true}", "weight", "must be 1 or more, not 0"),
            ("weight: 101, provided: {engaged: true}", "weight", "must be 100 or less, not 101"),
            ("weight: 0.5, provided: {engaged: true}", "weight", "must be a whole number, not 0.5"),
            ("provided: {engaged: true}", "weight", "is missing"),
            ("weight: 1", "provided", "is missing"),
            (
                "weight: 1, provided: {}",
                "provided",
                "say what must hold: nothing at all always does",
            ),
            (
                "weight: 1, provided: {revenue_in_window: {at_least: 0.005}}",
                "provided.revenue_in_window.at_least",
                "0.005 is finer than 0.01, the smallest unit of the currency",
            ),
        ]
    ),
]


@pytest.mark.parametrize(("values", "field", "answer"), WRONG_IDEALS)
def test_a_wrong_ideal_is_refused(values: str, field: str, answer: str) -> None:
    """With line and field."""
    assert refusal(ideal(values)) == f"shop.yaml, line {LINE}: ideal_customer.{field}: {answer}"


@pytest.mark.parametrize("condition", ["stage: [guest]", "care: [calm]", "fired_within: 1 day"])
def test_an_ideal_customer_is_not_where_they_stand(condition: str) -> None:
    """It is what they did and are known for."""
    values = f"raises_priority_from: 1, traits: [{{weight: 1, provided: {{{condition}}}}}]"
    place = (
        f"ideal_customer.traits[0].provided.{condition.partition(':')[0]}: this name is not known"
    )

    assert place in refusal(ideal(values))
