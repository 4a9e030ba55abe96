"""Rules and cooldowns, against cases worked out by hand: see ``history.py``."""

from datetime import datetime

import pytest

from tests.oracle import Order, Refund
from tests.oracle.history import A_MOMENT, day, fired, judged, orders, path


class TestSecondPurchase:
    """`second_purchase`, 21 days after the first order."""

    def test_a_second_order_at_21_days_exactly_comes_too_late(self) -> None:
        """The clock is first: the rule fires. A moment sooner, the order prevents it."""
        exactly = judged(orders(day(0), day(21)), until=day(22))
        sooner = judged(orders(day(0), day(21) - A_MOMENT), until=day(22))

        assert fired(exactly) == [("second_purchase", day(21))]
        assert fired(sooner) == []

    def test_a_second_order_that_was_refunded_is_no_second_order(self) -> None:
        """Refunded before day 21, the second order is as if it had not been; later is too late."""
        given = orders(day(0), day(10))

        assert fired(judged(given, [Refund("c", "o2", day(15))], until=day(30))) == [
            ("second_purchase", day(21))
        ]
        assert fired(judged(given, [Refund("c", "o2", day(25))], until=day(30))) == []

    def test_a_refund_at_21_days_exactly_comes_too_late(self) -> None:
        """The clock is first, and finds two orders."""
        verdict = judged(orders(day(0), day(10)), [Refund("c", "o2", day(21))], until=day(30))

        assert fired(verdict) == []

    def test_after_a_refund_of_the_first_order_the_second_is_the_first(self) -> None:
        """The first is refunded on day 12: 21 days count from day 10."""
        verdict = judged(orders(day(0), day(10)), [Refund("c", "o1", day(12))], until=day(40))

        assert fired(verdict) == [("second_purchase", day(31))]


class TestCooldowns:
    """30 days for each rule and customer, half open."""

    def test_a_rule_may_fire_again_when_30_days_are_over(self) -> None:
        """Six orders: champions at day 0; loyal at day 30 by the clock; a seventh order then.

        It brings the customer back to champions 30 days after the rule fired: it fires again.
        """
        verdict = judged(orders(*[day(0)] * 6, day(30)), until=day(31))

        assert path(verdict)[-2:] == [("loyal", day(30)), ("champions", day(30))]
        assert fired(verdict, "special_offer") == [
            ("special_offer", day(0)),
            ("special_offer", day(30)),
        ]

    @pytest.mark.parametrize(
        ("again", "times"),
        [(day(30) - A_MOMENT, [day(0)]), (day(30), [day(0), day(30)])],
        ids=["a moment less than 30 days", "30 days"],
    )
    def test_a_rule_is_silent_for_less_than_30_days(
        self, again: datetime, times: list[datetime]
    ) -> None:
        """Champions at day 0, left by a refund on day 10, and entered again by a new order.

        The order of day 5 keeps R at 5 throughout.
        """
        verdict = judged(
            orders(*[day(0)] * 6, day(5), again),
            [Refund("c", "o1", day(10)), Refund("c", "o2", day(10))],
            until=day(31),
        )

        assert path(verdict)[-2:] == [("potential_loyalist", day(10)), ("champions", again)]
        assert [at for _, at in fired(verdict, "special_offer")] == times

    def test_a_suppressed_firing_starts_no_cooldown_and_is_not_made_up_for(self) -> None:
        """Champions on days 0, 20 and 30: day 20 is suppressed, day 30 fires, nothing between."""
        verdict = judged(
            orders(*[day(0)] * 6, day(20), day(30)),
            [Refund("c", "o1", day(10)), Refund("c", "o2", day(25))],
            until=day(40),
        )

        assert path(verdict)[-4:] == [
            ("potential_loyalist", day(10)),
            ("champions", day(20)),
            ("potential_loyalist", day(25)),
            ("champions", day(30)),
        ]
        assert fired(verdict, "special_offer") == [
            ("special_offer", day(0)),
            ("special_offer", day(30)),
        ]

    @pytest.mark.parametrize(
        ("refunded", "actions"),
        [
            (day(120) - A_MOMENT, ["personal_contact"]),
            (day(120), ["personal_contact", "discount_code"]),
        ],
        ids=["a moment less than 30 days", "30 days"],
    )
    def test_both_kinds_of_win_back_are_one_rule(
        self, refunded: datetime, actions: list[str]
    ) -> None:
        """Ten orders: cant_lose on day 90. A refund leaves nine, F 4: at_risk, the same rule."""
        verdict = judged(orders(*[day(0)] * 10), [Refund("c", "o10", refunded)], until=day(121))

        assert path(verdict)[-2:] == [("cant_lose", day(90)), ("at_risk", refunded)]
        assert [t.action for t in verdict.triggers if t.rule == "win_back"] == actions


class TestNurture:
    """`nurture` on entering loyal with M of 2 or less."""

    @pytest.mark.parametrize(
        ("last_order", "times"),
        [(19999, [day(30)]), (20000, [])],
        ids=["revenue 249.99: M 2", "revenue 250.00: M 3"],
    )
    def test_only_small_revenue_is_nurtured(self, last_order: int, times: list[datetime]) -> None:
        """Five orders of 10.00 and one more, all on day 0: champions, loyal on day 30."""
        given = [*orders(*[day(0)] * 5), Order("c", "o6", day(0), last_order)]
        verdict = judged(given, until=day(31))

        assert path(verdict)[-1] == ("loyal", day(30))
        assert [at for _, at in fired(verdict, "nurture")] == times

    def test_no_revenue_at_all_is_small_revenue(self) -> None:
        """Six orders of 0.00 make M 1."""
        verdict = judged(orders(*[day(0)] * 6, cents=0), until=day(30))

        assert fired(verdict, "nurture") == [("nurture", day(30))]

    def test_m_is_that_after_the_event(self) -> None:
        """Revenue 100.00 + 5 x 30.00 is M 3: loyal on day 30 is not nurtured.

        The order of day 35 (10.00) makes a champion of R 5 again, a part refund of 5.00 leaves
        255.00, M 3. The whole refund of day 40 takes back R (40 days: 4), so it enters loyal, and
        leaves 245.00, M 2: nurtured.
        """
        given = [
            Order("c", "o1", day(0), 10000),
            *(Order("c", f"o{n}", day(0), 3000) for n in range(2, 7)),
            Order("c", "o7", day(35), 1000),
        ]
        verdict = judged(
            given,
            [Refund("c", "o1", day(36), 500), Refund("c", "o7", day(40))],
            until=day(41),
        )

        assert path(verdict)[-3:] == [
            ("loyal", day(30)),
            ("champions", day(35)),
            ("loyal", day(40)),
        ]
        assert fired(verdict, "nurture") == [("nurture", day(40))]

    def test_revenue_leaves_the_window_together_with_its_order(self) -> None:
        """At day 365 the order of 100.00 is exactly 365 days old, and the six others 30 days.

        They enter loyal (R 4, F 4) with 6 x 30.00 = 180.00, M 2; with the 100.00 it were M 3.
        """
        given = [
            Order("c", "o1", day(0), 10000),
            *(Order("c", f"o{n}", day(335), 3000) for n in range(2, 8)),
        ]
        verdict = judged(given, until=day(365))

        assert path(verdict)[-1] == ("loyal", day(365))
        assert fired(verdict, "nurture") == [("nurture", day(365))]
