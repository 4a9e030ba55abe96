"""`service_recovery`, and what an open complaint holds back, worked out by hand."""

from tests.oracle import Complaint, Refund, Trigger
from tests.oracle.history import A_MOMENT, day, fired, judged, orders


def test_an_open_complaint_holds_back_what_is_due() -> None:
    """Complaint on day 10: second_purchase of day 21 is lost, wake_up of day 60 is free."""
    verdict = judged(orders(day(0)), (), [Complaint("c", day(10))], until=day(70))

    assert verdict.triggers == [
        Trigger("c", "service_recovery", "personal_contact", day(10)),
        Trigger("c", "wake_up", "discount_code", day(60)),
    ]


def test_a_resolved_complaint_holds_nothing_back() -> None:
    """Resolved on day 15, before second_purchase is due."""
    complaints = [Complaint("c", day(10)), Complaint("c", day(15), "resolution")]
    verdict = judged(orders(day(0)), (), complaints, until=day(30))

    assert fired(verdict) == [("service_recovery", day(10)), ("second_purchase", day(21))]


def test_a_resolution_does_nothing_for_a_later_complaint() -> None:
    """Resolved on day 5, complained on day 10: second_purchase of day 21 is lost."""
    complaints = [Complaint("c", day(5), "resolution"), Complaint("c", day(10))]
    verdict = judged(orders(day(0)), (), complaints, until=day(30))

    assert fired(verdict) == [("service_recovery", day(10))]


def test_a_complaint_is_open_for_less_than_30_days() -> None:
    """The order is of day 9, so second_purchase is due on day 30."""
    given = orders(day(9))
    exactly = judged(given, (), [Complaint("c", day(0))], until=day(31))
    later = judged(given, (), [Complaint("c", day(0) + A_MOMENT)], until=day(31))

    assert fired(exactly, "second_purchase") == [("second_purchase", day(30))]
    assert fired(later, "second_purchase") == []


def test_the_clock_comes_before_the_complaint_of_the_same_instant() -> None:
    """The complaint comes at the instant at which second_purchase is due: both fire."""
    verdict = judged(orders(day(0)), (), [Complaint("c", day(21))], until=day(21))

    assert fired(verdict) == [("second_purchase", day(21)), ("service_recovery", day(21))]


def test_what_is_held_back_starts_no_cooldown() -> None:
    """Champions on day 0 is held back by a complaint; champions on day 12 fires."""
    before = day(0) - A_MOMENT
    verdict = judged(
        orders(*[day(0)] * 6, day(12)),
        [Refund("c", "o1", day(10))],
        [Complaint("c", before), Complaint("c", day(5), "resolution")],
        until=day(13),
    )

    assert fired(verdict) == [("service_recovery", before), ("special_offer", day(12))]


def test_a_second_complaint_within_the_cooldown_is_not_answered_but_holds() -> None:
    """Complaints on days 0 and 20: only the first fires, the second holds until day 50.

    So second_purchase, due on day 36 (21 days after day 15), is lost.
    """
    complaints = [Complaint("c", day(0)), Complaint("c", day(20))]
    verdict = judged(orders(day(15)), (), complaints, until=day(51))

    assert fired(verdict) == [("service_recovery", day(0))]


def test_a_complaint_is_answered_again_after_30_days() -> None:
    """The cooldown of service_recovery, half open as any other."""
    exactly = [Complaint("c", day(0)), Complaint("c", day(30))]
    sooner = [Complaint("c", day(0)), Complaint("c", day(30) - A_MOMENT)]

    assert len(judged([], (), exactly, until=day(30)).triggers) == 2
    assert len(judged([], (), sooner, until=day(30)).triggers) == 1
