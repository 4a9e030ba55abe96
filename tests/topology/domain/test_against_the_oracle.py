"""The heart against the independent oracle: all dimensions, transitions and triggers."""

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.example_counts import examples
from tests.oracle import DEFAULT, Policy, ReceivedMessage, cdnow
from tests.oracle.stories import stories, untils
from tests.topology.domain.against_oracle import assert_alike, assert_same_as_oracle, lives_of
from tests.topology.domain.histories import bounded
from tests.topology.domain.policies import ABROAD, RATES

IN_THREE_CURRENCIES = Policy({**DEFAULT.document, "exchange": RATES})

whole = settings(
    bounded,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

received_until = stories().flatmap(lambda received: st.tuples(st.just(received), untils(received)))


def in_order(received: list[ReceivedMessage]) -> list[ReceivedMessage]:
    """The same as it would have come if nothing were late."""
    by_time = sorted(received, key=lambda each: datetime.fromisoformat(each.message["timestamp"]))
    return [ReceivedMessage(each.message) for each in by_time]


@whole
@given(received_until)
def test_any_story_in_order_of_time_is_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """Every kind of event, with retries."""
    received, until = given_
    assert_same_as_oracle(in_order(received), until)


received_abroad = stories(abroad=True).flatmap(
    lambda received: st.tuples(st.just(received), untils(received))
)


@whole
@given(received_abroad)
def test_any_story_in_three_currencies_is_decided_as_by_the_oracle(
    given_: tuple[list[ReceivedMessage], datetime],
) -> None:
    """Orders and refunds in any of them, as they come: some late, some before their orders."""
    assert_same_as_oracle(*given_, ABROAD, IN_THREE_CURRENCIES)


def test_the_cdnow_customers_are_decided_as_by_the_oracle() -> None:
    """All 6,919 orders of 2,357 real customers, to the end of the sample."""
    received = [ReceivedMessage(order) for order in cdnow.orders()]
    lives = lives_of(received, cdnow.FINAL_INSTANT)
    verdict = cdnow.verdict()

    assert len(lives) == 2357
    for name, life in lives.items():
        assert_alike(life, verdict.customers[name])
