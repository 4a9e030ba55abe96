"""Histories of customers for hypothesis, as messages, with a liking for exact thresholds."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.topology.domain.messages import DAY_0, Json, order, track

__all__ = ["arrivals", "bounded", "histories", "instants_after", "message_at", "retried"]

bounded = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The profile of these tests: the same inputs in every run, and not too many."""

DAYS_THAT_MATTER = (21, 30, 60, 90, 180, 365)

gaps = st.one_of(
    st.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=10)]),
    st.integers(0, 500).map(lambda hours: timedelta(hours=hours)),
    st.builds(
        lambda days, nudge: timedelta(days=days, microseconds=nudge),
        st.sampled_from(DAYS_THAT_MATTER),
        st.sampled_from([0, 0, 0, -1, 1]),
    ),
)
totals = st.sampled_from([10.0, 24.99, 24.995, 99.99, 100.0, 250.0, 600.0, 0.0]).map(
    lambda total: {"total": total}
)
parts = st.sampled_from([None, None, 10.0, 5.0, 24.99, 99.99, 0.0])
tickets = st.sampled_from([{}, {}, {"ticket_id": "t1"}, {"ticket_id": "t2"}])
ratings = st.sampled_from([1, 2, "2", 2.5, 3, "5"]).map(lambda rating: {"rating": rating})
kinds = st.sampled_from(
    ["order"] * 4
    + ["orders"] * 3
    + ["order again", "refund", "refund", "cancellation", "review", "complaint", "complaint"]
    + ["resolution", "visit", "mention", "survey", "identify", "alias"]
)


@st.composite
def histories(draw: st.DrawFn, profile: str = "c", max_size: int = 12) -> list[Json]:
    """What one customer did, in order of time; without retries.

    A refund may come before its order, or name one that never comes.
    """
    told: list[Json] = []
    times: list[datetime] = []
    for number in range(draw(st.integers(1, max_size))):
        gap = draw(gaps)
        anchor = draw(st.sampled_from(times[-1:] * 3 + times)) if times else DAY_0
        burst = message_at(anchor + gap, f"{profile}-{number}", profile)
        for message in draw(burst):
            told.append(message)
            times.append(datetime.fromisoformat(message["timestamp"]))
    return sorted(told, key=lambda message: datetime.fromisoformat(message["timestamp"]))


def message_at(at: datetime, name: str, profile: str) -> st.SearchStrategy[list[Json]]:
    """One message, or a few orders in a row."""
    any_order = st.sampled_from([{"order_id": f"{profile}-{n}"} for n in range(8)])
    part = parts.map(lambda total: {} if total is None else {"total": total})
    envelope = {"messageId": f"m-{name}", "userId": profile, "timestamp": at.isoformat()}

    def told(event: str, *properties: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
        return st.tuples(*properties).map(
            lambda found: [
                track(
                    event, at, f"m-{name}", profile, **{k: v for p in found for k, v in p.items()}
                )
            ]
        )

    of_kind = {
        "order": told("Order Completed", st.just({"order_id": name}), totals),
        "orders": orders_in_a_row(at, name, profile),
        "order again": told("Order Completed", any_order, totals),
        "refund": told("Order Refunded", any_order, part),
        "cancellation": told("Order Cancelled", any_order),
        "review": told("Product Reviewed", ratings),
        "complaint": told("Complaint Filed", tickets),
        "resolution": told("Complaint Resolved", tickets),
        "visit": told("Product Viewed"),
        "mention": told("Social Mentioned", st.just({"network": "x", "sentiment": -0.5})),
        "survey": told("Survey Answered", st.just({"survey": "nps", "score": 9})),
        "identify": st.just(
            [{"type": "identify", **envelope, "traits": {"birthday": "1980-02-29"}}]
        ),
        "alias": st.just([{"type": "alias", **envelope, "previousId": "somebody"}]),
    }
    return kinds.flatmap(of_kind.__getitem__)


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


arrivals = histories().flatmap(st.permutations).flatmap(lambda told: retried(list(told)))
"""What one customer did, in any order, with retries."""


def instants_after(first: datetime) -> st.SearchStrategy[datetime]:
    """Instants up to three years later, often at a threshold."""
    return st.one_of(
        gaps.map(lambda gap: first + gap),
        st.integers(0, 3 * 365 * 24).map(lambda hours: first + timedelta(hours=hours)),
    )
