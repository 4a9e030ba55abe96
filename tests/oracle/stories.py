"""Stories of one customer for hypothesis, as messages, with a liking for exact thresholds.

They have every kind of event, traits, channels, refunds, orders sent twice, retries, and what comes
late: either with the clock having gone on (then `processed_at` says how far), or just after
others. So `processed_at` never goes back, and the first message has none: a new customer has no
present.

A delivery may name a trigger as the oracle does, see `with_real_id`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from schemas.messages.catalogue import EVENT_TYPES
from tests.oracle import ReceivedMessage, trigger_name
from tests.schemas.examples import properties_of

__all__ = ["gaps", "stories", "untils"]

BEGIN: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
Message = dict[str, Any]
Properties = st.SearchStrategy[Message]

SPANS_THAT_MATTER: Final = (
    *[timedelta(days=n) for n in (3, 7, 14, 20, 21, 30, 44, 60, 90, 180, 365, 730)],
    timedelta(hours=1),
)
nudges = st.sampled_from([0, 0, 0, -1, 1]).map(lambda n: timedelta(microseconds=n))

gaps = st.one_of(
    st.sampled_from([timedelta(0), timedelta(0), timedelta(hours=5), timedelta(days=1)]),
    st.integers(0, 24 * 20).map(lambda hours: timedelta(hours=hours)),
    st.integers(0, 24 * 20).map(lambda hours: timedelta(hours=hours)),
    st.builds(lambda span, nudge: span + nudge, st.sampled_from(SPANS_THAT_MATTER), nudges),
)

channels = st.sampled_from(
    [None, None, "web", "app", "store", "store", "marketplace", "partner", "phone", "social"]
)
networks = st.sampled_from(["x", "x", "instagram", "whatsapp"])
reasons = st.sampled_from([{}, {"reason": "by letter"}, {"reason": ""}])
tickets = st.sampled_from([{}, {}, {"ticket_id": "t1"}, {"ticket_id": "t2"}])
totals = st.sampled_from([10.0, 24.99, 24.995, 33.33, 62.5, 99.99, 100.0, 125.0, 250.0, 600.0, 0.0])
parts = st.sampled_from([None, None, 10.0, 5.0, 24.99, 62.5, 99.99, 0.0])
returned = st.sampled_from(
    [None, None, [], [{"price": 5.0, "quantity": 2}], [{"price": 24.99}, {"price": 0.1}]]
)
moods = st.sampled_from([None, -1, -0.5, -0.49, 0, 0.49, 0.5, 1])
triggers = st.sampled_from(
    [
        *["elsewhere"] * 3,
        *[trigger_name("service_recovery", attempt) for attempt in (1, 1, 2, 3)],
        trigger_name("rest", 1),
        trigger_name("cross_sell", 1),
    ]
)

VALUES: Final[dict[str, Sequence[Any]]] = {
    "consent": [
        *[True, False, "true", "Granted", "no", None, 1, 0, 2, "", "maybe", " Opted_In "],
        *[{"ads": "GRANTED"}, {"ads": False}, {"ads": "denied", "mail": True}, {}, ["GRANTED"]],
    ],
    "birthday": ["1980-02-29", "1980-03-01", "1990-12-31", "2000-01-01", "1981-02-29", "soon", 5],
    "timezone": ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "No/Where", True, None],
    "persona": ["a", "b", "ä", "x" * 256, "x" * 257, 1, 1.5, True, [], {}],
    "n" * 65: [1],
}
MANY: Final[Sequence[Message]] = (
    *({f"t{n:02}": n for n in range(start, start + 60)} for start in (0, 40)),
    {"consent": {f"p{n:02}": n % 5 == 0 for n in range(25)}},
    {"consent": {f"q{n:02}": "DENIED" for n in range(25)}},
)
"""Each is more than there is room for."""

traits = st.builds(
    lambda many, few: many | few,
    st.sampled_from([{}, {}, {}, *MANY]),
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
    ),
)


def _and(**fields: st.SearchStrategy[Any]) -> Properties:
    """Properties of these; what is None is left out."""
    return st.fixed_dictionaries(fields).map(
        lambda properties: {name: value for name, value in properties.items() if value is not None}
    )


nothing: Properties = st.just({})
MONEY: Final = frozenset({"Order Completed", "Order Updated", "Order Refunded"})
refund_ids = st.sampled_from([None, None, "r1", "r2"])
any_order = st.integers(0, 7).map(lambda n: f"o{n}")

WHAT: Final[dict[str, tuple[int, Properties]]] = {
    "Page Viewed": (1, nothing),
    "Screen Viewed": (1, nothing),
    "Product Viewed": (3, nothing),
    "Product Added": (1, nothing),
    "Cart Viewed": (1, nothing),
    "Checkout Started": (1, nothing),
    "Order Completed": (4, _and(order_id=any_order, total=totals)),
    "Order Updated": (3, _and(order_id=any_order, total=st.none() | totals)),
    "Order Refunded": (
        4,
        _and(order_id=any_order, total=parts, refund_id=refund_ids, products=returned),
    ),
    "Order Cancelled": (1, _and(order_id=any_order)),
    "Product Reviewed": (4, _and(rating=st.sampled_from([1, 2, "2", 2.5, 4, "5", 3.9]))),
    "Store Visited": (1, nothing),
    "Newsletter Subscribed": (3, nothing),
    "Newsletter Unsubscribed": (2, nothing),
    "Coupon Applied": (1, nothing),
    "Retention Action Delivered": (8, _and(trigger_id=triggers)),
    "Retention Action Responded": (1, _and(trigger_id=triggers)),
    "Social Followed": (3, _and(network=networks)),
    "Social Unfollowed": (3, _and(network=networks)),
    "Social Mentioned": (3, _and(network=networks, sentiment=moods)),
    "Social Message Received": (1, _and(network=networks, sentiment=moods)),
    "Social Content Engaged": (1, _and(network=networks)),
    "Ticket Opened": (1, tickets),
    "Ticket Resolved": (1, tickets),
    "Complaint Filed": (4, tickets),
    "Complaint Resolved": (4, tickets),
    "Live Chat Conversation Started": (1, nothing),
    "Live Chat Conversation Ended": (1, nothing),
    "Customer Suppressed": (2, reasons),
    "Customer Unsuppressed": (3, reasons),
    "Survey Answered": (
        3,
        st.one_of(
            _and(survey=st.just("nps"), score=st.sampled_from([0, 6, 6.5, 7, 10])),
            _and(survey=st.just("csat"), score=st.sampled_from([1, 2, 2.5, 3, 5])),
        ),
    ),
}
"""How often each event comes, and its properties."""
EVENTS: Final = WHAT | {
    each.name: (1, st.just(properties_of(each.name)))
    for each in EVENT_TYPES
    if each.name not in WHAT
}
"""Those of the contract, too: one that is new comes as its example has it."""

ORDERS: Final = "orders"
DELIVERIES: Final = "deliveries"
IDENTIFY: Final = "identify"
ALIAS: Final = "alias"

kinds = st.sampled_from(
    [
        *(event for event, (weight, _) in EVENTS.items() for _ in range(weight)),
        *[ORDERS] * 12,
        *[DELIVERIES] * 3,
        *[IDENTIFY] * 5,
        ALIAS,
    ]
)


@dataclass(frozen=True)
class Draft:
    """A message, and how late it comes."""

    at: datetime
    message: Message
    late: timedelta
    ticks: bool

    @property
    def comes_at(self) -> datetime:
        """When it comes."""
        return self.at + self.late


CURRENCIES: Final = (None, None, "EUR", "eur", "CHF", "CHF", "JPY", "jpy")
"""In which a shop sells that sells in three."""


@st.composite
def stories(
    draw: st.DrawFn, profile: str = "c", max_size: int = 20, *, abroad: bool = False
) -> list[ReceivedMessage]:
    """What one customer did, in the order in which it is processed, with retries.

    Abroad they buy in three currencies.
    """
    messages = draw(_messages(profile, max_size))
    for each in messages:
        if abroad and each.get("event") in MONEY:
            currency = draw(st.sampled_from(CURRENCIES))
            each["properties"] |= {} if currency is None else {"currency": currency}
    drafts = [draw(_draft(message, may_be_late=draw(_few))) for message in messages]
    return draw(_retried(_received(sorted(drafts, key=lambda each: each.comes_at))))


_few = st.sampled_from([False, False, False, True])


@st.composite
def _messages(draw: st.DrawFn, profile: str, max_size: int) -> list[Message]:
    received: list[Message] = []
    happened = [BEGIN]
    for number in range(draw(st.integers(1, max_size))):
        anchor = draw(st.sampled_from(happened[-1:] * 3 + happened[-6:]))
        burst = draw(_burst(anchor + draw(gaps), f"{profile}-{number}", profile))
        received += burst
        happened += [datetime.fromisoformat(each["timestamp"]) for each in burst]
    return received


@st.composite
def _burst(draw: st.DrawFn, at: datetime, name: str, profile: str) -> list[Message]:
    """One message, or a few of the same kind in a row."""
    kind = draw(kinds)
    base = {"messageId": f"m-{name}", "userId": profile, "timestamp": at.isoformat()}
    if kind == IDENTIFY:
        return [{"type": "identify", **base, "traits": draw(traits)}]
    if kind == ALIAS:
        return [{"type": "alias", **base, "previousId": f"nobody but {profile}"}]
    if kind not in (ORDERS, DELIVERIES):
        return [_track(base, kind, draw(EVENTS[kind][1]), draw(channels))]
    pause = draw(st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=2)]))
    total, channel, trigger = draw(totals), draw(channels), draw(triggers)
    many: list[Message] = []
    for number in range(draw(st.integers(1, 6))):
        own = {"messageId": f"m-{name}-{number}", "timestamp": (at + number * pause).isoformat()}
        if kind == ORDERS:
            properties = {"order_id": f"{name}-{number}", "total": total}
            many.append(_track(base | own, "Order Completed", properties, channel))
        else:
            properties = {"trigger_id": trigger}
            many.append(_track(base | own, "Retention Action Delivered", properties, channel))
    return many


def _track(base: Message, event: str, properties: Message, channel: str | None) -> Message:
    context = {} if channel is None else {"context": {"channel": channel}}
    return {"type": "track", "event": event, **base, "properties": properties, **context}


@st.composite
def _draft(draw: st.DrawFn, message: Message, *, may_be_late: bool) -> Draft:
    late = draw(gaps) if may_be_late else timedelta(0)
    at = datetime.fromisoformat(message["timestamp"])
    return Draft(at, message, max(late, timedelta(0)), may_be_late and draw(st.booleans()))


def _received(drafts: Sequence[Draft]) -> list[ReceivedMessage]:
    """With the present, where the clock has gone on before it came."""
    return [
        ReceivedMessage(each.message, each.comes_at if each.ticks and number else None)
        for number, each in enumerate(drafts)
    ]


@st.composite
def _retried(draw: st.DrawFn, received: list[ReceivedMessage]) -> list[ReceivedMessage]:
    """Some of it sent again, at once or later."""
    sent = list(received)
    for each in draw(st.lists(st.sampled_from(received), max_size=3)):
        first = next(n for n, one in enumerate(sent) if one is each)
        sent.insert(draw(st.integers(first + 1, len(sent))), ReceivedMessage(each.message))
    return sent


def untils(received: Sequence[ReceivedMessage]) -> st.SearchStrategy[datetime]:
    """Instants after all of it, up to three years later, often at a threshold."""
    instants = [each.processed_at for each in received if each.processed_at is not None]
    happened = [datetime.fromisoformat(each.message["timestamp"]) for each in received]
    last = max([*instants, *happened])
    return st.one_of(
        gaps.map(lambda gap: last + max(gap, timedelta(0))),
        st.integers(0, 3 * 365 * 24).map(lambda hours: last + timedelta(hours=hours)),
    )
