"""The oracle's SQL against a second reading of the policy: naive Python, one look every 12 hours.

All durations of the policy are whole days, so with all events at a multiple of 12 hours nothing
can happen between two looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import Complaint, Order, Refund, Transition, Trigger, cdnow, judge

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_A_DAY = timedelta(hours=12)

Event = Order | Refund | Complaint


@dataclass
class Life:
    """One customer, lived through from look to look."""

    customer: str
    orders: list[Order] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    complaints: list[datetime] = field(default_factory=list)
    last_fired: dict[str, datetime] = field(default_factory=dict)
    segment: str = "none"
    transitions: list[Transition] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)

    def tick(self, now: datetime, events: list[Event]) -> None:
        """Let the clock come first, then the events one by one."""
        self.look(now)
        self.ask_for_a_second_purchase(now)
        for event in events:
            match event:
                case Order():
                    self.orders.append(event)
                case Refund():
                    self.refunds.append(event)
                case Complaint(kind="complaint"):
                    self.complaints.append(now)
                    self.fire("service_recovery", "personal_contact", now)
                case Complaint():
                    self.complaints.clear()
            self.look(now)

    def standing(self) -> list[tuple[datetime, int]]:
        """Return instant and remaining cents of the orders that are not refunded whole."""
        found = []
        for order in self.orders:
            refunds = [r for r in self.refunds if r.order_id == order.order_id]
            left = order.cents - sum(r.cents or 0 for r in refunds)
            if not refunds or (left > 0 and all(r.cents is not None for r in refunds)):
                found.append((order.at, left))
        return found

    def look(self, now: datetime) -> None:
        """Find the segment anew, and what entering it asks for."""
        standing = self.standing()
        in_window = [cents for at, cents in standing if now - at < timedelta(days=365)]
        after = "none"
        if standing:
            r = recency(now - max(at for at, _ in standing))
            after = segment(r, frequency(len(in_window)))
        if after == self.segment:
            return
        self.transitions.append(Transition(self.customer, self.segment, after, now))
        self.segment = after
        if after == "at_risk":
            self.promote("win_back", "discount_code", now)
        if after == "cant_lose":
            self.promote("win_back", "personal_contact", now)
        if after == "about_to_sleep":
            self.promote("wake_up", "discount_code", now)
        if after == "champions":
            self.promote("special_offer", "special_offer", now)
        if after == "loyal" and sum(in_window) < 250_00:
            self.promote("nurture", "content", now)

    def ask_for_a_second_purchase(self, now: datetime) -> None:
        """Look whether the only order is 21 days old right now."""
        if [now - at for at, _ in self.standing()] == [timedelta(days=21)]:
            self.promote("second_purchase", "discount_code", now)

    def promote(self, rule: str, action: str, now: datetime) -> None:
        """Fire a promotional rule, unless a complaint is open."""
        if not any(now - opened < timedelta(days=30) for opened in self.complaints):
            self.fire(rule, action, now)

    def fire(self, rule: str, action: str, now: datetime) -> None:
        """Fire a rule, unless it fired less than 30 days ago."""
        if rule not in self.last_fired or now - self.last_fired[rule] >= timedelta(days=30):
            self.last_fired[rule] = now
            self.triggers.append(Trigger(self.customer, rule, action, now))


def recency(age: timedelta) -> int:
    """Score the age of the last order."""
    return 5 - sum(age >= timedelta(days=days) for days in (30, 60, 90, 180))


def frequency(orders: int) -> int:
    """Score the number of orders in the window."""
    return 1 + sum(orders >= enough for enough in (2, 4, 6, 10))


def segment(r: int, f: int) -> str:
    """Name the field of R and F."""
    if r <= 2:
        return ("hibernating", "hibernating", "at_risk", "at_risk", "cant_lose")[f - 1]
    if f >= 4:
        return "champions" if r == 5 else "loyal"
    if r == 3:
        return "need_attention" if f == 3 else "about_to_sleep"
    if f >= 2:
        return "potential_loyalist"
    return "new" if r == 5 else "promising"


def lived_through(customer: str, events: Sequence[Event], until: datetime) -> Life:
    """Look at one customer every 12 hours, from the first event on."""
    life = Life(customer)
    now = min(event.at for event in events)
    while now <= until:
        life.tick(now, [event for event in events if event.at == now])
        now += HALF_A_DAY
    return life


def assert_agreement(events: Sequence[Event], until: datetime) -> None:
    """Compare the oracle with the lives of all customers; ties as the oracle has them."""
    orders = [event for event in events if isinstance(event, Order)]
    refunds = [event for event in events if isinstance(event, Refund)]
    complaints = [event for event in events if isinstance(event, Complaint)]
    by_customer: dict[str, list[Event]] = {}
    in_order_of_effect: list[Event] = [*orders, *refunds, *complaints]
    for event in in_order_of_effect:
        by_customer.setdefault(event.customer, []).append(event)

    verdict = judge(orders, refunds, complaints, until=until)

    assert verdict.segments.keys() == by_customer.keys()
    for customer, own in by_customer.items():
        life = lived_through(customer, own, until)
        assert verdict.segments[customer] == life.segment
        assert [t for t in verdict.transitions if t.customer == customer] == life.transitions
        assert [t for t in verdict.triggers if t.customer == customer] == life.triggers


# Gaps in half days, with an eye on the boundaries: 21, 30, 60, 90, 180 and 365 days.
gaps = st.one_of(
    st.just(0),
    st.integers(1, 20),
    st.sampled_from([41, 42, 43, 59, 60, 61, 119, 120, 121, 180, 181, 360, 610, 730]),
)
totals = st.sampled_from([0, 10_00, 50_00, 99_99, 250_00])
parts = st.sampled_from([None, None, 0, 1, 10_00, 40_00, 50_00])
kinds = st.sampled_from(["order"] * 8 + ["refund"] * 3 + ["complaint", "resolution"])


@st.composite
def histories(draw: st.DrawFn, customer: str) -> list[Event]:
    """Draw what one customer did. A refund may name an order that is unknown, or comes later."""
    steps = draw(st.lists(st.tuples(gaps, kinds), min_size=1, max_size=25))
    return [
        draw(event_of(kind, customer, number, START + offset * HALF_A_DAY))
        for number, ((_, kind), offset) in enumerate(
            zip(steps, accumulate(gap for gap, _ in steps), strict=True)
        )
    ]


def event_of(kind: str, customer: str, number: int, at: datetime) -> st.SearchStrategy[Event]:
    """Return the strategy for one event of a history."""
    match kind:
        case "order":
            return st.builds(Order, st.just(customer), st.just(f"o{number}"), st.just(at), totals)
        case "refund":
            target = st.integers(0, number + 2).map(lambda n: f"o{n}")
            return st.builds(Refund, st.just(customer), target, st.just(at), parts)
        case "complaint":
            return st.just(Complaint(customer, at))
        case _:
            return st.just(Complaint(customer, at, "resolution"))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(histories("a"), histories("b"), st.integers(0, 800))
def test_both_agree_on_any_history(a: list[Event], b: list[Event], quiet: int) -> None:
    """Two customers with orders, refunds and complaints, and then some quiet time."""
    events = [*a, *b]
    assert_agreement(events, max(event.at for event in events) + quiet * HALF_A_DAY)


def test_both_agree_on_real_customers() -> None:
    """Every 25th customer of the CDNOW sample."""
    orders = cdnow.orders(customer=lambda line: str(line.sample_id))
    assert_agreement(
        [order for order in orders if int(order.customer) % 25 == 0], cdnow.FINAL_INSTANT
    )
