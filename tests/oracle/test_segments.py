"""Segments and their transitions, against cases worked out by hand: see ``history.py``."""

from tests.oracle import run_policy
from tests.oracle.one_customer import (
    MICROSECOND,
    day,
    fired,
    order,
    orders,
    outcome_of,
    path,
    refund,
)

SEGMENT_RULES = ("second_purchase", "special_offer", "nurture", "wake_up", "win_back")


class TestTheClock:
    """What the passing of time alone does."""

    def test_a_single_order_ages_through_every_threshold(self) -> None:
        """F is 1 throughout, so R 5, 4, 3, 2, 1 give new, promising, about_to_sleep, hibernating.

        R 2 and R 1 are both hibernating: nothing at day 180; at day 365 the order leaves the
        window, and F without an order is 1 as before: nothing either.
        """
        verdict = outcome_of(orders(day(0)), until=day(800))

        assert path(verdict) == [
            ("new", day(0)),
            ("promising", day(30)),
            ("about_to_sleep", day(60)),
            ("hibernating", day(90)),
        ]
        assert verdict.dimensions["segment"] == "hibernating"
        assert fired(verdict, *SEGMENT_RULES) == [
            ("second_purchase", day(21)),
            ("wake_up", day(60)),
        ]

    def test_the_final_instant_is_included(self) -> None:
        """A threshold due at the final instant takes effect, one due a moment later does not."""
        assert path(outcome_of(orders(day(0)), until=day(30)))[-1] == ("promising", day(30))
        assert path(outcome_of(orders(day(0)), until=day(30) - MICROSECOND))[-1] == ("new", day(0))

    def test_the_clock_comes_before_the_order_of_the_same_instant(self) -> None:
        """At day 30 the first order is 30 days old: R 4, promising; then comes the second order.

        The second gives R 5 and F 2: potential_loyalist. A moment earlier R was 5 all along.
        """
        exactly = outcome_of(orders(day(0), day(30)), until=day(31))
        sooner = outcome_of(orders(day(0), day(30) - MICROSECOND), until=day(31))

        assert path(exactly) == [
            ("new", day(0)),
            ("promising", day(30)),
            ("potential_loyalist", day(30)),
        ]
        assert path(sooner) == [
            ("new", day(0)),
            ("potential_loyalist", day(30) - MICROSECOND),
        ]

    def test_an_order_leaves_the_window_when_it_is_365_days_old(self) -> None:
        """The second order is 15 days old at day 365: R 5, and F falls from 2 to 1."""
        verdict = outcome_of(orders(day(0), day(350)), until=day(365))

        assert path(verdict)[-2:] == [("potential_loyalist", day(350)), ("new", day(365))]
        assert verdict.dimensions["segment"] == "new"

    def test_an_order_exactly_365_days_later_finds_the_first_out_of_the_window(self) -> None:
        """At day 365 the second order is alone in the window, a moment earlier it is not."""
        exactly = outcome_of(orders(day(0), day(365)), until=day(366))
        sooner = outcome_of(orders(day(0), day(365) - MICROSECOND), until=day(366))

        assert path(exactly)[-2:] == [("hibernating", day(90)), ("new", day(365))]
        assert path(sooner)[-3:] == [
            ("hibernating", day(90)),
            ("potential_loyalist", day(365) - MICROSECOND),
            ("new", day(365)),
        ]

    def test_several_thresholds_at_one_instant_give_one_transition(self) -> None:
        """At day 365 the first order leaves the window and the second turns 30 days old.

        R 5 F 2 becomes R 4 F 1 in one go, without passing through new (R 5, F 1).
        """
        verdict = outcome_of(orders(day(0), day(335)), until=day(366))

        assert path(verdict)[-2:] == [("potential_loyalist", day(335)), ("promising", day(365))]

    def test_a_big_customer_who_stays_away_is_won_back_in_person(self) -> None:
        """Ten orders: F 5. R 5 champions, R 4 and 3 loyal, R 2 and 1 cant_lose, until day 365.

        The 4th order is worth a gift at once; on day 7 the VIP is welcomed. The next promotion may
        go out on day 30 (two in 30 days): by then the champion is none any more, and the special
        offer is dropped.
        """
        verdict = outcome_of(orders(*[day(0)] * 10, total=100.0), until=day(400))

        assert path(verdict)[-3:] == [
            ("loyal", day(30)),
            ("cant_lose", day(90)),
            ("hibernating", day(365)),
        ]
        assert fired(verdict, *SEGMENT_RULES) == [("win_back", day(90))]

    def test_two_orders_fall_asleep(self) -> None:
        """Two orders: F 2. R 5 and 4 potential_loyalist, R 3 about_to_sleep, R 2 hibernating."""
        verdict = outcome_of(orders(day(0), day(0)), until=day(100))

        assert path(verdict)[-3:] == [
            ("potential_loyalist", day(0)),
            ("about_to_sleep", day(60)),
            ("hibernating", day(90)),
        ]
        assert fired(verdict, *SEGMENT_RULES) == [("wake_up", day(60))]

    def test_four_orders_need_attention_and_are_then_at_risk(self) -> None:
        """Four orders: F 3. R 5 and 4 potential_loyalist, R 3 need_attention, R 2 at_risk."""
        verdict = outcome_of(orders(*[day(0)] * 4), until=day(100))

        assert path(verdict)[-3:] == [
            ("potential_loyalist", day(0)),
            ("need_attention", day(60)),
            ("at_risk", day(90)),
        ]
        assert fired(verdict, *SEGMENT_RULES) == [("win_back", day(90))]


class TestOrdersOfOneInstant:
    """Orders at the same instant are steps one after another."""

    def test_each_order_may_bring_a_transition(self) -> None:
        """The 1st gives R 5 F 1, the 2nd F 2, the 4th F 3 (no change), the 6th F 4.

        The gift for the 4th order makes the offer for the 6th wait for 7 days.
        """
        verdict = outcome_of(orders(*[day(0)] * 6), until=day(7))

        assert path(verdict) == [
            ("new", day(0)),
            ("potential_loyalist", day(0)),
            ("champions", day(0)),
        ]
        assert fired(verdict, *SEGMENT_RULES) == [("special_offer", day(7))]

    def test_customers_do_not_meet(self) -> None:
        """Two customers with the same order id at the same instant have one order each.

        Only b's is refunded: new, none; first_time_buyer, prospect. That of a goes on: new,
        promising; first_time_buyer; cross_sell, feedback_request, second_purchase.
        """
        messages = [order(day(0)) | {"userId": name} for name in ("a", "b")]
        messages.append(refund(day(1), "o") | {"userId": "b"})
        verdict = run_policy(messages, until=day(30))

        assert verdict.dimensions("segment") == {"a": "promising", "b": "none"}
        assert verdict.summary == {
            "orders": 2,
            "customers": 2,
            "revenue_cents": 2000,
            "segments": {"none": 1, "promising": 1},
            "transitions": 7,
            "triggers": {"cross_sell": 1, "feedback_request": 1, "second_purchase": 1},
        }


class TestRefunds:
    """Refunds take an order, or a part of it, out as if it had not been."""

    def test_a_whole_refund_counts_out_of_f_and_r(self) -> None:
        """On day 55 the first order is the only one, and 55 days old: R 4, F 1."""
        verdict = outcome_of(orders(day(0), day(50)), [refund(day(55), "o2")], until=day(60))

        assert path(verdict) == [
            ("new", day(0)),
            ("promising", day(30)),
            ("potential_loyalist", day(50)),
            ("promising", day(55)),
            ("about_to_sleep", day(60)),
        ]

    def test_the_refund_of_the_only_order_leaves_none(self) -> None:
        """Without any order there is no segment, and the clock does nothing any more."""
        verdict = outcome_of(orders(day(0)), [refund(day(10), "o1")], until=day(100))

        assert path(verdict) == [("new", day(0)), ("none", day(10))]
        assert verdict.dimensions["segment"] == "none"
        assert fired(verdict, *SEGMENT_RULES) == []

    def test_parts_that_add_up_to_the_total_are_the_whole(self) -> None:
        """4.00 of 10.00 leaves the order standing, 6.00 more takes it out."""
        parts = [refund(day(3), "o1", 4.0), refund(day(5), "o1", 6.0)]
        verdict = outcome_of(orders(day(0)), parts, until=day(10))

        assert path(verdict) == [("new", day(0)), ("none", day(5))]

    def test_a_part_reduces_m_alone(self) -> None:
        """Six orders of 50.00 make M 3; 50.01 refunded in parts leave 249.99, M 2: nurtured."""
        parts = [refund(day(1), "o1", 49.99), refund(day(2), "o2", 0.02)]
        verdict = outcome_of(orders(*[day(0)] * 6, total=50.0), parts, until=day(30))

        assert path(verdict)[-2:] == [("champions", day(0)), ("loyal", day(30))]
        assert fired(verdict, "nurture") == [("nurture", day(30))]

    def test_an_unknown_order_is_refunded_when_it_becomes_known(self) -> None:
        """The refund comes first: neither it nor the order then changes anything."""
        verdict = outcome_of(refund(day(0), "o1"), orders(day(1)), until=day(100))

        assert path(verdict) == []
        assert verdict.dimensions["segment"] == "none"

    def test_an_order_of_nothing_is_an_order(self) -> None:
        """A total of 0.00 counts for R and F until it is refunded."""
        verdict = outcome_of(orders(day(0), day(1), total=0.0), until=day(2))

        assert verdict.dimensions["segment"] == "potential_loyalist"
