"""While a complaint or bad review is open promotion waits; what is held back is counted."""

from datetime import datetime, timedelta

import pytest

from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    MICROSECOND,
    Json,
    cancellation,
    complaint,
    day,
    event_from,
    order,
    orders,
    resolution,
    review,
)
from tests.topology.domain.policies import SEGMENTS
from topology.domain.history.instant import from_datetime
from topology.domain.steps.care import open_cases
from topology.domain.steps.promotion_gate import CARE

SECOND_PURCHASE = [("second_purchase", day(21))]


def first_order_and(*messages: Json) -> Life:
    """An order on day 0, which asks for a second one on day 21, and more messages."""
    whole = [*orders(day(0)), *messages]
    whole.sort(key=lambda message: datetime.fromisoformat(message["timestamp"]))
    return lived(whole, day(25), SEGMENTS)


@pytest.mark.parametrize("opened", [complaint(day(10)), review(day(10), 1)])
def test_a_promotion_is_held_and_counted_with_the_reason(opened: Json) -> None:
    """Due on day 21, within 30 days of the complaint or bad review: it waits."""
    life = first_order_and(opened)

    assert life.fired() == [("service_recovery", day(10))]
    assert life.row.memory.held_count == 1
    [held] = life.row.memory.held
    assert (held.rule, held.at, held.reason) == (
        "second_purchase",
        from_datetime(day(21)),
        CARE,
    )
    [waiting] = life.row.memory.holds
    assert (waiting.rule, waiting.since) == (held.rule, held.at)


def test_what_was_held_goes_out_at_the_end_of_the_complaint() -> None:
    """The complaint of day 10 is over on day 40; its trigger has the id of day 21."""
    held, free = first_order_and(complaint(day(10))), first_order_and()
    held.wait_until(from_datetime(day(40)))

    assert held.fired("second_purchase") == [("second_purchase", day(40))]
    assert held.row.memory.holds == ()
    assert held.asked("second_purchase").trigger_id == free.asked("second_purchase").trigger_id


def test_it_ends_exactly_after_30_days() -> None:
    """The complaint came 30 days before second_purchase is due, or a moment later."""
    over = first_order_and(complaint(day(-9)))
    still = first_order_and(complaint(day(-9) + MICROSECOND))

    assert over.fired("second_purchase") == SECOND_PURCHASE
    assert over.row.memory.held_count == 0
    assert still.fired("second_purchase") == [("second_purchase", day(21) + MICROSECOND)]
    assert still.row.memory.held_count == 1


def test_a_complaint_is_open_from_its_own_instant_on() -> None:
    """Not before, and not at its end."""
    history = lived([complaint(day(0))]).row.history

    assert not open_cases(history, from_datetime(day(0)) - 1, BOOK)
    assert open_cases(history, from_datetime(day(0)), BOOK)
    assert open_cases(history, from_datetime(day(30)) - 1, BOOK)
    assert not open_cases(history, from_datetime(day(30)), BOOK)


@pytest.mark.parametrize(
    ("of", "by", "held"),
    [
        ({}, {}, 0),
        ({"ticket_id": "t1"}, {"ticket_id": "t1"}, 0),
        ({"ticket_id": "t1"}, {}, 0),
        ({}, {"ticket_id": "t1"}, 0),
        ({"ticket_id": "t1"}, {"ticket_id": "t2"}, 1),
    ],
)
def test_a_resolution_ends_what_it_is_about(of: Json, by: Json, held: int) -> None:
    """Ticket ids must agree where both sides name one."""
    life = first_order_and(complaint(day(10), **of), resolution(day(12), **by))

    assert life.row.memory.held_count == held
    assert len(life.fired("second_purchase")) == 1 - held


def test_a_resolution_does_not_reach_into_the_future() -> None:
    """What is complained of later is open, though the ticket is the same."""
    life = first_order_and(resolution(day(9), ticket_id="t"), complaint(day(10), ticket_id="t"))

    assert life.row.memory.held_count == 1


def test_a_resolution_of_the_same_instant_resolves_whichever_came_first() -> None:
    """It can be about nothing else, and the order of arrival must not matter."""
    opened, closed = complaint(day(10)), resolution(day(10))

    for messages in ([opened, closed], [closed, opened]):
        life = lived([*orders(day(0)), *messages], day(25), SEGMENTS)
        assert life.fired("second_purchase") == SECOND_PURCHASE


def test_one_of_two_complaints_resolved_leaves_the_other_open() -> None:
    """Both must be over before a promotion goes out."""
    both = [complaint(day(1), ticket_id="t1"), complaint(day(2), ticket_id="t2")]
    one = first_order_and(*both, resolution(day(3), ticket_id="t1"))
    all_of_it = first_order_and(*both, resolution(day(3)))

    assert one.row.memory.held_count == 1
    assert all_of_it.fired("second_purchase") == SECOND_PURCHASE


def test_service_recovery_itself_is_never_held() -> None:
    """A second complaint soon after the first was resolved: its cooldown alone keeps it back."""
    an_hour = timedelta(hours=1)
    begun = [complaint(day(0)), resolution(day(0) + an_hour / 2)]
    within = lived([*begun, complaint(day(0) + an_hour - MICROSECOND)])
    after = lived([*begun, complaint(day(0) + an_hour)])

    assert within.fired() == [("service_recovery", day(0))]
    assert after.fired() == [("service_recovery", day(0)), ("service_recovery", day(0) + an_hour)]
    assert after.row.memory.held_count == 0


def test_a_complaint_while_another_one_is_open_asks_for_nothing_new() -> None:
    """Somebody is at it already; but it is open for longer."""
    life = lived([complaint(day(0)), complaint(day(20))], day(100))

    assert life.fired() == [("service_recovery", day(0))]
    assert life.path("care") == [
        ("complaint_open", day(0)),
        ("recovering", day(50)),
        ("calm", day(64)),
    ]


def test_what_is_held_starts_no_cooldown() -> None:
    """Held as a champion on day 0, offered on day 5: it rests from then on, not from day 0."""
    messages = [complaint(day(-1)), *(order(day(0), f"o{n}") for n in range(6)), resolution(day(5))]
    messages += [cancellation(day(31), "o0"), order(day(32), "o6")]
    life = lived(messages, book=SEGMENTS)

    assert life.path()[-1] == ("champions", day(32))
    assert life.row.memory.held_count == 1
    assert life.fired("special_offer") == [("special_offer", day(5))]


def test_what_rests_anyway_is_not_counted_as_held() -> None:
    """Offered on day 0; a champion again on day 3 while a complaint is open: it rests."""
    messages = [order(day(0), f"o{n}") for n in range(6)]
    messages += [
        complaint(day(1)),
        cancellation(day(2), "o0"),
        order(day(3), "o6"),
    ]
    life = lived(messages, book=SEGMENTS)

    assert life.path()[-1] == ("champions", day(3))
    assert life.row.memory.held_count == 0


def test_all_that_is_held_is_counted_and_the_latest_five_are_kept() -> None:
    """Twelve times a champion, each time while somebody complains."""
    life = Life(SEGMENTS)
    life.process(event_from(complaint(day(0))))
    for n in range(5):
        life.process(event_from(order(day(0), f"o{n}")))
    for n in range(1, 13):
        life.process(event_from(order(day(n), f"p{n}")))
        life.process(event_from(cancellation(day(n), f"p{n}")))

    assert life.row.memory.held_count == 12
    assert [held.at for held in life.row.memory.held] == [
        from_datetime(day(n)) for n in range(8, 13)
    ]
    assert life.fired() == [("service_recovery", day(0))]
