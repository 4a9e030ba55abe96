"""Histories of customers for hypothesis, as messages, with a liking for exact thresholds."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.example_counts import examples
from tests.topology.domain.messages import DAY_0, Json, order, track

__all__ = [
    "arrivals",
    "bounded",
    "bounded_in_one_form",
    "histories",
    "instants_after",
    "message_at",
    "retried",
]

bounded = settings(
    max_examples=examples(80),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
bounded_in_one_form = settings(bounded, max_examples=80)
"""Of tests that are `not_compiled`: they run nowhere else."""
"""The profile of these tests: the same inputs in every run, and not too many."""

DAYS_THAT_MATTER = (3, 7, 14, 21, 30, 44, 60, 90, 180, 365)

gaps = st.one_of(
    st.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=10)]),
    st.integers(0, 500).map(lambda hours: timedelta(hours=hours)),
    st.builds(
        lambda days, nudge: timedelta(days=days, microseconds=nudge),
        st.sampled_from(DAYS_THAT_MATTER),
        st.sampled_from([0, 0, 0, -1, 1]),
    ),
)
MONEY = frozenset({"Order Completed", "Order Updated", "Order Refunded"})
totals = st.sampled_from([10.0, 24.99, 24.995, 99.99, 100.0, 250.0, 600.0, 0.0]).map(
    lambda total: {"total": total}
)
parts = st.sampled_from([None, None, 10.0, 5.0, 24.99, 99.99, 0.0])
refund_ids = st.sampled_from([{}, {}, {"refund_id": "r1"}, {"refund_id": "r2"}])
tickets = st.sampled_from([{}, {}, {"ticket_id": "t1"}, {"ticket_id": "t2"}])
ratings = st.sampled_from([1, 2, "2", 2.5, 3, "5"]).map(lambda rating: {"rating": rating})
kinds = st.sampled_from(
    ["order"] * 4
    + ["orders"] * 3
    + [
        "order again",
        "edit",
        "edit",
        "refund",
        "refund",
        "cancellation",
        "review",
        "complaint",
        "complaint",
    ]
    + ["resolution", "visit", "visit", "store", "newsletter", "coupon", "delivery", "deliveries"]
    + ["response", "follow", "follow", "mention", "message", "ticket", "survey"]
    + ["identify", "identify", "alias", "suppression"]
)
channels = st.sampled_from(
    ["web", "web", "app", "store", "marketplace", "partner", "phone", "social"]
)
things = st.sampled_from([{"product_id": "shoe"}, {"product_id": "hat"}, {"category": "wool"}, {}])
baskets = st.lists(things, max_size=2).map(lambda found: {"products": found} if found else {})
currencies = st.sampled_from(
    [{}, {}, *({"currency": code} for code in ("EUR", "CHF", "chf", "JPY"))]
)
networks = st.sampled_from(["instagram", "x", "linkedin"]).map(lambda name: {"network": name})
moods = st.sampled_from([{}, {"sentiment": -0.5}, {"sentiment": -0.49}, {"sentiment": 0.5}])
surveys = st.sampled_from(
    [
        {"survey": kind, "score": score}
        for kind, score in [("nps", 6), ("nps", 6.5), ("nps", 9), ("csat", 2), ("csat", 3)]
    ]
)
reasons = st.sampled_from([{}, {"reason": "by letter"}, {"reason": "hard bounce"}])
traits = st.dictionaries(
    st.sampled_from(["birthday", "timezone", "consent", "city"]),
    st.sampled_from(
        ["1980-02-29", "1990-07-01", "America/New_York", "Nowhere", "granted", True, False, 1, 1.0]
    )
    | st.sampled_from([None, ["a"], {"email": True}, {"email": "denied"}, "x" * 257]),
    max_size=3,
)
unknown_triggers = st.sampled_from([{"trigger_id": "0" * 31 + "1"}, {"trigger_id": "elsewhere"}])


@st.composite
def histories(
    draw: st.DrawFn, profile: str = "c", max_size: int = 12, *, abroad: bool = False
) -> list[Json]:
    """What one customer did, in order of time; without retries.

    A refund may come before its order, or name one that never comes. Abroad they buy in three
    currencies.
    """
    tracked: list[Json] = []
    times: list[datetime] = []
    for number in range(draw(st.integers(1, max_size))):
        gap = draw(gaps)
        anchor = draw(st.sampled_from(times[-1:] * 3 + times)) if times else DAY_0
        burst = message_at(anchor + gap, f"{profile}-{number}", profile)
        for message in draw(burst):
            if abroad and message.get("event") in MONEY:
                message["properties"] |= draw(currencies)
            tracked.append(message)
            times.append(datetime.fromisoformat(message["timestamp"]))
    return sorted(tracked, key=lambda message: datetime.fromisoformat(message["timestamp"]))


def message_at(at: datetime, name: str, profile: str) -> st.SearchStrategy[list[Json]]:
    """One message, or a few orders in a row."""
    any_order = st.sampled_from([{"order_id": f"{profile}-{n}"} for n in range(8)])
    part = parts.map(lambda total: {} if total is None else {"total": total})
    envelope = {"messageId": f"m-{name}", "userId": profile, "timestamp": at.isoformat()}

    def tracked(event: str, *properties: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
        return st.tuples(channels, *properties).map(
            lambda found: [over(found[0], event, at, f"m-{name}", profile, *found[1:])]
        )

    def any_of(*events: str) -> st.SearchStrategy[str]:
        return st.sampled_from(events)

    looks = any_of("Product Viewed", "Product Added", "Cart Viewed", "Checkout Started")
    tickets_and_chats = any_of(
        "Ticket Opened",
        "Ticket Resolved",
        "Live Chat Conversation Started",
        "Live Chat Conversation Ended",
    )
    of_kind = {
        "order": tracked("Order Completed", st.just({"order_id": name}), totals, baskets),
        "orders": orders_in_a_row(at, name, profile),
        "order again": tracked("Order Completed", any_order, totals, baskets),
        "edit": tracked("Order Updated", any_order, st.just({}) | totals),
        "refund": tracked("Order Refunded", any_order, part, refund_ids),
        "cancellation": tracked("Order Cancelled", any_order),
        "review": tracked("Product Reviewed", ratings),
        "complaint": tracked("Complaint Filed", tickets),
        "resolution": tracked("Complaint Resolved", tickets),
        "visit": looks.flatmap(lambda event: tracked(event, things)),
        "store": tracked("Store Visited"),
        "newsletter": any_of("Newsletter Subscribed", "Newsletter Unsubscribed").flatmap(tracked),
        "coupon": any_of("Coupon Applied", "Page Viewed", "Screen Viewed").flatmap(tracked),
        "delivery": tracked("Retention Action Delivered", unknown_triggers),
        "deliveries": deliveries_in_a_row(at, name, profile),
        "response": tracked("Retention Action Responded", unknown_triggers),
        "follow": any_of("Social Followed", "Social Unfollowed").flatmap(
            lambda event: tracked(event, networks)
        ),
        "mention": tracked("Social Mentioned", networks, moods),
        "message": any_of("Social Message Received", "Social Content Engaged").flatmap(
            lambda event: tracked(event, networks)
        ),
        "ticket": tickets_and_chats.flatmap(lambda event: tracked(event, tickets)),
        "survey": tracked("Survey Answered", surveys),
        "suppression": any_of("Customer Suppressed", "Customer Unsuppressed").flatmap(
            lambda event: tracked(event, reasons)
        ),
        "identify": traits.map(lambda found: [{"type": "identify", **envelope, "traits": found}]),
        "alias": st.just([{"type": "alias", **envelope, "previousId": "somebody"}]),
    }
    return kinds.flatmap(of_kind.__getitem__)


def over(
    channel: str, event: str, at: datetime, name: str, profile: str, *properties: Json
) -> Json:
    """A track message over a channel."""
    together = {key: value for each in properties for key, value in each.items()}
    return track(event, at, name, profile, **together) | {"context": {"channel": channel}}


@st.composite
def deliveries_in_a_row(draw: st.DrawFn, at: datetime, name: str, profile: str) -> list[Json]:
    """Four to eight attempts, some at one instant."""
    pause = draw(st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=2)]))
    return [
        track(
            "Retention Action Delivered",
            at + n * pause,
            f"m-{name}-{n}",
            profile,
            trigger_id=f"elsewhere-{n}",
        )
        for n in range(draw(st.integers(4, 8)))
    ]


@st.composite
def orders_in_a_row(draw: st.DrawFn, at: datetime, name: str, profile: str) -> list[Json]:
    """Two to five orders, at one instant or with a pause between them."""
    pause = draw(st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=2)]))
    total = draw(totals)
    return [
        order(at + n * pause, f"{name}-{n}", total["total"], profile)
        for n in range(draw(st.integers(2, 5)))
    ]


@st.composite
def retried(draw: st.DrawFn, messages: list[Json]) -> list[Json]:
    """The same messages, some of them sent again, at once or later."""
    sent = list(messages)
    for message in draw(st.lists(st.sampled_from(messages), max_size=4)):
        first = next(n for n, each in enumerate(sent) if each is message)
        sent.insert(draw(st.integers(first + 1, len(sent))), message)
    return sent


arrivals = histories().flatmap(st.permutations).flatmap(lambda tracked: retried(list(tracked)))
"""What one customer did, in any order, with retries."""


def instants_after(first: datetime) -> st.SearchStrategy[datetime]:
    """Instants up to three years later, often at a threshold."""
    return st.one_of(
        gaps.map(lambda gap: first + gap),
        st.integers(0, 3 * 365 * 24).map(lambda hours: first + timedelta(hours=hours)),
    )
