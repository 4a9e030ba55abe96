"""A row as ops and customer care see it."""

from datetime import datetime

from hypothesis import given

from schemas.customer import Customer
from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, Life, lived
from tests.topology.domain.messages import (
    Json,
    cancellation,
    complaint,
    day,
    order,
    orders,
    refund,
    visit,
)
from tests.topology.domain.policies import SEGMENTS
from topology.domain.history.instant import from_datetime, to_datetime
from topology.domain.history.record import replace
from topology.domain.steps.promotion_gate import CARE, REASONS
from topology.domain.view.view import STORED_FIELDS, describe


def test_a_refund_that_has_no_order_here_is_shown() -> None:
    """As one under another customer's id has none; one that meets its order is gone from there."""
    messages = [refund(day(1), "b", 5.5), cancellation(day(2), "c"), refund(day(3), "a")]
    before, after = (
        seen(lived(messages), day(4)),
        seen(lived([*messages, order(day(0), "a")]), day(4)),
    )

    known = [(each.order_id, each.at) for each in before.unmatched_refunds]
    assert known == [("a", day(3)), ("b", day(1)), ("c", day(2))]
    assert [each.order_id for each in after.unmatched_refunds] == ["b", "c"]


def seen(life: Life, at: datetime) -> Customer:
    """The customer as of an instant."""
    return describe("c", life.row, BOOK, from_datetime(at))


def test_a_stored_field_is_shown_under_its_name_and_an_instant_as_a_time() -> None:
    """Nobody has to say so. A row that has come to no stage has no time of it."""
    row = lived([visit(day(0))]).row
    settling = replace(row, settles_at=from_datetime(day(3)), stage_since=from_datetime(day(1)))
    never = describe("c", replace(row, stage_since=None), BOOK, row.as_of)

    for stored in STORED_FIELDS:
        wanted = stored.read(settling)
        shown = getattr(describe("c", settling, BOOK, row.as_of), stored.name)
        assert shown == (to_datetime(wanted) if stored.is_time else wanted), stored.name
    assert {each.name for each in STORED_FIELDS if each.is_time} == {"stage_since", "settles_at"}
    assert (never.stage_since, never.settles_at) == (None, None)


def test_a_customer_is_described_with_figures_lifetime_and_activity() -> None:
    """Everything that the row knows, as of the instant that was asked for."""
    messages = [visit(day(-1)), order(day(0), "a", 60.0), order(day(9), "b", 50.0)]
    customer = seen(lived([*messages, refund(day(10), "b", 5.5)]), day(12))

    assert (customer.customer_id, customer.segment, customer.care) == (
        "c",
        "potential_loyalist",
        "calm",
    )
    assert (customer.stage, customer.stage_since, customer.tier) == ("occasional", day(9), "B")
    history = customer.facts
    assert (history.last_order_at, history.orders_in_window) == (day(9), 2)
    assert (history.revenue_in_window, history.currency) == (10450, "EUR")
    scores = (history.recency_score, history.frequency_score, history.monetary_score)
    assert scores == (5, 2, 2)
    life = customer.lifetime
    assert (life.orders, life.revenue, life.first_order_at) == (2, 10450, day(0))
    activity = customer.activity
    assert (activity.first_seen_at, activity.last_seen_at) == (day(-1), day(10))
    assert activity.events == 4
    assert (customer.transitions, customer.as_of) == (5, day(12))
    assert customer.next_change_at == day(21)
    assert customer.policy_version == BOOK.version


def test_lifetime_counts_all_orders_in_or_out_of_the_window_but_none_taken_back() -> None:
    """Three orders, the first taken back, the last alone in the window."""
    messages = [order(day(0), "a", 1.0), order(day(1), "b", 2.0), order(day(400), "c", 3.0)]
    customer = seen(lived([*messages, refund(day(401), "a")]), day(401))

    assert (customer.lifetime.orders, customer.lifetime.revenue) == (2, 500)
    assert customer.lifetime.first_order_at == day(1)
    assert customer.facts.orders_in_window == 1


def test_lifetime_includes_orders_that_were_folded() -> None:
    """300 orders long ago, 44 of which are sums by now."""
    messages = [order(day(n / 100), f"o{n}") for n in range(300)]
    customer = seen(lived([*messages, order(day(400), "new")]), day(400))

    assert (customer.lifetime.orders, customer.lifetime.revenue) == (301, 301_000)
    assert customer.lifetime.first_order_at == day(0)


def test_somebody_who_never_ordered_has_an_empty_lifetime() -> None:
    """And nothing will change by itself, but in the end."""
    customer = seen(lived([visit(day(0))]), day(0))

    assert (customer.lifetime.orders, customer.lifetime.revenue) == (0, 0)
    assert customer.lifetime.first_order_at is None
    assert customer.facts.last_order_at is None
    assert customer.next_change_at == day(730)
    assert customer.rules == ()


def test_an_open_complaint_is_shown_with_its_end() -> None:
    """Of two that are open: since the first, until the last one's end at the latest."""
    life = lived([complaint(day(0)), complaint(day(4))])

    during = seen(life, day(10))
    assert during.care == "complaint_open"
    recovery = during.service_recovery
    assert (recovery.open, recovery.since, recovery.until) == (True, day(0), day(34))
    assert seen(life, day(31)).service_recovery.since == day(4)
    life.wait_until(from_datetime(day(34)))
    after = seen(life, day(34))
    assert (after.care, after.service_recovery.open) == ("recovering", False)
    assert (after.service_recovery.since, after.service_recovery.until) == (None, None)


def test_what_was_held_back_is_shown_with_the_reason_the_latest_first() -> None:
    """The count is of all."""
    life = lived([*orders(day(0)), complaint(day(15)), complaint(day(40))], day(61), SEGMENTS)
    held = seen(life, day(61)).held

    assert held.count == 2
    assert [(each.rule, each.at) for each in held.latest] == [
        ("wake_up", day(60)),
        ("second_purchase", day(21)),
    ]
    assert {each.reason for each in held.latest} == {REASONS[CARE]}


def test_fired_rules_are_shown_in_the_policy_s_order_with_their_cooldown() -> None:
    """When each last fired, and until when it rests."""
    messages = [*orders(day(0)), complaint(day(59))]
    customer = seen(lived(messages, day(88), SEGMENTS), day(88))

    assert [each.rule for each in customer.rules] == ["service_recovery", "second_purchase"]
    second_purchase = customer.rules[1]
    assert (second_purchase.last_fired_at, second_purchase.cooldown_until) == (day(21), day(51))
    assert second_purchase.times == 1


def test_as_of_is_never_before_the_row_itself() -> None:
    """What is in there can't be taken out again."""
    assert seen(lived(orders(day(0)), day(5)), day(3)).as_of == day(5)


@bounded
@given(arrivals)
def test_every_row_can_be_described(messages: list[Json]) -> None:
    """In the contract's terms, and with the figures that the row has."""
    life = lived(messages)
    customer = Customer.model_validate_json(
        describe("c", life.row, BOOK, life.row.as_of).model_dump_json()
    )

    assert customer.segment == life.row.segment
    assert customer.lifetime.orders == life.row.scores.orders_total
    assert customer.facts.revenue_in_window <= customer.lifetime.revenue
    assert customer.activity.events == len({message["messageId"] for message in messages})
    assert {each.rule for each in customer.rules} == {each.rule for each in life.triggers}
    assert customer.held.count >= len(customer.held.latest)
