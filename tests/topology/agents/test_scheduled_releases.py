"""Releases that wait for their turn, and reviews in rows that join or have many of them."""

from datetime import timedelta

import pytest

from tests.topology.agents.arriving import Arriving, ago
from tests.topology.agents.reviewed import UNLIMITED, decisions, held_in, imported, join
from tests.topology.domain.messages import cancellation, order
from tests.topology.domain.policies import changed, rule
from topology.domain.history.instant import HOUR, to_datetime
from topology.domain.history.memory import MOST_REVIEWS


def test_a_scheduled_release_is_decided_when_its_turn_comes() -> None:
    """By the row's clock: nobody else has to remember it."""
    arriving = imported()
    turn = arriving.now + HOUR
    arriving.review(held_in(arriving), not_before=turn)

    assert decisions(arriving) == [("scheduled", None)]
    assert arriving.wakes[b"c"] == turn
    arriving.wait(timedelta(minutes=59))
    assert not arriving.triggers()
    arriving.wait(timedelta(minutes=1))
    assert [each["effective_at"] for each in arriving.triggers()] == [
        to_datetime(turn).isoformat().replace("+00:00", "Z")
    ]
    assert decisions(arriving)[1:] == [("released", None)]
    arriving.wait(timedelta(days=1))
    assert len(arriving.triggers()) == 1


def test_a_scheduled_release_is_decided_on_what_is_true_by_then() -> None:
    """The customer took the order back while it waited."""
    arriving = imported()
    arriving.review(held_in(arriving), not_before=arriving.now + HOUR)
    arriving.take([cancellation(to_datetime(arriving.now), "o-1")])
    arriving.wait(timedelta(hours=2))

    assert decisions(arriving) == [("scheduled", None), ("refused", "changed")]
    assert not arriving.triggers()
    assert not arriving.row().memory.reviews


def test_an_event_that_comes_after_its_turn_finds_it_decided() -> None:
    """As the clock alone would have: the order came later."""
    arriving = imported()
    arriving.review(held_in(arriving), not_before=arriving.now + HOUR)
    arriving.now += 2 * HOUR
    arriving.take([cancellation(to_datetime(arriving.now), "o-1")])

    assert decisions(arriving) == [("scheduled", None), ("released", None)]


def test_a_scheduled_release_that_is_dismissed_never_comes() -> None:
    """The last moment to change one's mind."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held, not_before=arriving.now + HOUR)
    arriving.review(held, not_before=arriving.now + 2 * HOUR)
    arriving.review(held, dismisses=True)
    arriving.wait(timedelta(hours=3))

    assert decisions(arriving) == [("scheduled", None), ("dismissed", None)]
    assert not arriving.triggers()


def test_a_review_follows_the_customer_to_another_name() -> None:
    """The held trigger stays under the name that it was held under."""
    arriving = imported()
    held = held_in(arriving)
    alias = {"type": "alias", "previousId": "c", "userId": "b", "messageId": "a-1"}
    arriving.take([alias | {"timestamp": to_datetime(arriving.now).isoformat()}])
    arriving.review(held)

    [trigger] = arriving.triggers()
    assert (trigger["trigger_id"], trigger["customer_id"]) == (held["trigger_id"], "b")
    assert arriving.held()[-1]["customer_id"] == "c"
    assert decisions(arriving) == [("released", None)]


def test_a_join_remembers_the_reviews_of_both_names() -> None:
    """What was released before the join is not released again after it."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held)
    join(arriving)
    arriving.review(held)

    assert decisions(arriving) == [("released", None)]
    assert len(arriving.triggers()) == 1


def test_a_scheduled_release_outlasts_a_join() -> None:
    """It is decided on the row of both names."""
    arriving = imported()
    held = held_in(arriving)
    arriving.review(held, not_before=arriving.now + HOUR)
    join(arriving)
    arriving.wait(timedelta(hours=2))

    assert decisions(arriving) == [("scheduled", None), ("released", None)]
    [trigger] = arriving.triggers()
    assert (trigger["trigger_id"], trigger["customer_id"]) == (held["trigger_id"], "b")


@pytest.mark.parametrize("dismisses", [False, True])
def test_a_customer_has_so_many_reviews_at_most(dismisses: bool) -> None:  # noqa: FBT001
    """Until they expire: a row stays small."""
    orders = [order(ago(6 - n / 10), f"o-{n}") for n in range(MOST_REVIEWS + 1)]
    every = rule("every", {"after_order": "1 hours"}, cooldown="1 hours")
    arriving = Arriving(changed(rules=[every], **UNLIMITED))
    arriving.take(orders, quiet=True)
    arriving.settle()
    held = [each for each in arriving.held() if each["status"] == "held"]
    assert len(held) > MOST_REVIEWS
    for each in held:
        arriving.review(each, dismisses=dismisses, not_before=arriving.now + HOUR)

    assert decisions(arriving)[-1] == ("refused", "too_many")
    assert len(arriving.row().memory.reviews) == MOST_REVIEWS
