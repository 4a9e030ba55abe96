"""The heart against the independent oracle: all dimensions, transitions and triggers."""

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import DEFAULT, Policy, Told, cdnow
from tests.oracle.stories import stories, untils
from tests.topology.domain.histories import bounded
from tests.topology.domain.judged import assert_alike, assert_judged_alike, lives_of
from tests.topology.domain.policies import ABROAD, RATES

IN_THREE_CURRENCIES = Policy({**DEFAULT.said, "exchange": RATES})

whole = settings(
    bounded,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

told_until = stories().flatmap(lambda told: st.tuples(st.just(told), untils(told)))


def in_order(told: list[Told]) -> list[Told]:
    """The same as it would have come if nothing were late."""
    by_time = sorted(told, key=lambda each: datetime.fromisoformat(each.message["timestamp"]))
    return [Told(each.message) for each in by_time]


@whole
@given(told_until)
def test_any_story_in_order_of_time_is_judged_as_by_the_oracle(
    given_: tuple[list[Told], datetime],
) -> None:
    """Every kind of event, with retries."""
    told, until = given_
    assert_judged_alike(in_order(told), until)


told_abroad = stories(abroad=True).flatmap(lambda told: st.tuples(st.just(told), untils(told)))


@whole
@given(told_abroad)
def test_any_story_in_three_currencies_is_judged_as_by_the_oracle(
    given_: tuple[list[Told], datetime],
) -> None:
    """Orders and refunds in any of them, as they come: some late, some before their orders."""
    assert_judged_alike(*given_, ABROAD, IN_THREE_CURRENCIES)


def test_the_cdnow_customers_are_judged_as_by_the_oracle() -> None:
    """All 6,919 orders of 2,357 real customers, to the end of the sample."""
    told = [Told(order) for order in cdnow.orders()]
    lives = lives_of(told, cdnow.FINAL_INSTANT)
    verdict = cdnow.verdict()

    assert len(lives) == 2357
    for name, life in lives.items():
        assert_alike(life, verdict.customers[name])
