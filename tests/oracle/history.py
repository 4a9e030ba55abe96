"""A customer's history: it follows from the processed messages and from nothing else.

Nothing in here depends on the instant at which it is computed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.oracle.exchange import Sale, edited, given_back, sale, taken
from tests.oracle.instant import Instant
from tests.oracle.person import (
    agreed_to,
    consent_of,
    follows,
    is_on,
    is_on_the_list,
    traits_of,
)
from tests.oracle.policy import Policy
from tests.oracle.processed import ProcessedMessage

RESEARCH: Final = frozenset({"Product Viewed", "Product Added", "Cart Viewed", "Checkout Started"})
OFFLINE: Final = frozenset({"store", "phone"})
ENGAGING: Final = frozenset(
    {"Social Content Engaged", "Social Mentioned", "Social Message Received"}
)
MOST_ATTEMPTS: Final = 12
WHOLE: Final = 256
"""Orders beyond the latest so many count as made when their UTC day began."""
DAY: Final = 24 * 3_600_000_000


@dataclass(frozen=True, order=True)
class Order:
    """An order that counts; `left` is what is not refunded."""

    at: Instant
    order_id: str
    left: int
    channel: str
    whole: bool = True
    """False if there are too many later ones: then only its day is known."""


@dataclass(frozen=True)
class Opened:
    """A case, from when it opened until when it is closed."""

    at: Instant
    closed_at: Instant


@dataclass(frozen=True)
class History:
    """What is known."""

    orders: tuple[Order, ...]
    bought_over: frozenset[str]
    first_at: Instant | None
    acted_at: Instant | None
    newsletter: bool
    following: bool
    engaged: bool
    traits: dict[str, Any]
    consent: bool
    """True if any purpose is agreed to."""
    agreed: bool
    """True if the one that promotion needs is, or none is needed."""
    suppressed: bool
    attempts: int
    research: Instant | None
    cases: tuple[Opened, ...]

    @property
    def last_order_at(self) -> Instant | None:
        """The time of the last order that counts."""
        return self.orders[-1].at if self.orders else None

    @property
    def first_order_at(self) -> Instant | None:
        """The time of the first order that counts; None if only its day is known."""
        if not self.orders or not all(each.whole for each in self.orders):
            return None
        return self.orders[0].at

    def ordered_over(self, channels: Sequence[str]) -> int:
        """How many orders that count came over these channels."""
        return sum(each.channel in channels for each in self.orders)


def history_of(processed: Sequence[ProcessedMessage], policy: Policy) -> History:
    """The history, from all messages."""
    found = orders_in(processed, policy)
    orders = tuple(sorted(_counting(processed, found, policy)))
    acted_at = max((each.at for each in processed if each.is_act), default=None)
    needed = policy.needs_consent
    purposes = consent_of(processed, needed)
    return History(
        orders=orders,
        bought_over=frozenset(
            each.channel for each in processed if each.event == "Order Completed"
        ),
        first_at=min((each.at for each in processed), default=None),
        acted_at=acted_at,
        newsletter=is_on(processed, "Newsletter Subscribed", "Newsletter Unsubscribed"),
        following=follows(processed),
        engaged=any(each.event in ENGAGING for each in processed),
        traits=traits_of(processed, policy.kept_traits),
        consent=any(agreed_to(purposes, each) for each in purposes),
        agreed=needed is None or agreed_to(purposes, needed),
        suppressed=is_on_the_list(processed),
        attempts=_attempts(processed, acted_at),
        research=_research(processed, orders),
        cases=tuple(_cases(processed, policy)),
    )


def orders_in(processed: Sequence[ProcessedMessage], policy: Policy) -> dict[str, ProcessedMessage]:
    """The message that says when each order was made; it may have been refunded.

    That is the first edit if there is no other message about it.
    """

    def rank(order: ProcessedMessage) -> tuple[Instant, int, str, str, int]:
        money = sale(order, policy)
        money_abroad = (
            ("", 0) if money.currency == policy.currency else (money.currency, money.amount)
        )
        return order.at, money.total, order.channel, *money_abroad

    found: dict[str, ProcessedMessage] = {}
    for each in processed:
        if each.event == "Order Completed":
            order_id = str(each.properties["order_id"])
            known = found.get(order_id)
            found[order_id] = each if known is None else min(known, each, key=rank)
    edits = edits_in(processed)
    return found | {
        order_id: min(of_it, key=lambda each: (each.at, each.channel))
        for order_id, of_it in edits.items()
        if order_id not in found
    }


def edits_in(processed: Iterable[ProcessedMessage]) -> dict[str, list[ProcessedMessage]]:
    """All edits of each order id that say a total; others change nothing."""
    edits: dict[str, list[ProcessedMessage]] = {}
    for each in processed:
        if each.event == "Order Updated" and "total" in each.properties:
            edits.setdefault(str(each.properties["order_id"]), []).append(each)
    return edits


def price(order: ProcessedMessage, edits: Sequence[ProcessedMessage], policy: Policy) -> Sale:
    """What an order came to: the latest edit says so, unless the order was made after it.

    Of two edits at one time the smaller total counts.
    """

    def rank(edit: ProcessedMessage) -> tuple[Instant, float, str]:
        properties = edit.properties
        return edit.at, -properties["total"], properties.get("currency", "").upper()

    last = max(edits, key=rank, default=None)
    if last is None or last.at < order.at:
        return sale(order, policy)
    if order.event == "Order Updated":  # What it was in at first, nobody knows.
        return sale(last, policy, order.at)
    return edited(order, last, policy)


def _counting(
    processed: Sequence[ProcessedMessage], found: dict[str, ProcessedMessage], policy: Policy
) -> Iterable[Order]:
    back = [each for each in processed if each.event in ("Order Refunded", "Order Cancelled")]
    edits = edits_in(processed)
    places = sorted((order.at, order_id) for order_id, order in found.items())
    whole = {order_id for _, order_id in places[-WHOLE:]}
    for order_id, order in found.items():
        of_it = [each for each in back if str(each.properties["order_id"]) == order_id]
        parts = [each for each in of_it if _is_part(each)]
        of = price(order, edits.get(order_id, ()), policy)
        left = of.total - taken(order, of, parts, policy)
        if len(parts) < len(of_it) or (parts and left <= 0):
            continue
        is_whole = order_id in whole
        at = order.at if is_whole else order.at // DAY * DAY
        yield Order(at, order_id, left, order.channel, is_whole)


def _is_part(each: ProcessedMessage) -> bool:
    return each.event == "Order Refunded" and given_back(each) is not None


def _attempts(processed: Iterable[ProcessedMessage], acted_at: Instant | None) -> int:
    unanswered = [
        each
        for each in processed
        if each.event == "Retention Action Delivered" and (acted_at is None or each.at > acted_at)
    ]
    return min(MOST_ATTEMPTS, len(unanswered))


def _research(processed: Iterable[ProcessedMessage], orders: Sequence[Order]) -> Instant | None:
    """The latest research online, unless an order is as late or later."""
    times = [
        each.at for each in processed if each.event in RESEARCH and each.channel not in OFFLINE
    ]
    if not times or any(order.at >= max(times) for order in orders):
        return None
    return max(times)


def _cases(processed: Sequence[ProcessedMessage], policy: Policy) -> Iterable[Opened]:
    closing = [each for each in processed if each.answers or each.event == "Complaint Resolved"]
    for each in processed:
        if opens_case(each, policy):
            ends = [by.at for by in closing if by.at >= each.at and _closes(by, each)]
            yield Opened(each.at, min([*ends, each.at + policy.open_for]))


def opens_case(each: ProcessedMessage, policy: Policy) -> bool:
    """True if it is a complaint, or as good as one."""
    limits = policy.document["service_recovery"]
    properties = each.properties
    match each.event:
        case "Complaint Filed":
            return True
        case "Product Reviewed":
            return bool(float(properties["rating"]) <= limits["review_at_most"])
        case "Survey Answered":
            return bool(float(properties["score"]) <= limits[f"{properties['survey']}_at_most"])
        case "Social Mentioned":
            mood = properties.get("sentiment")
            return mood is not None and bool(float(mood) <= limits["sentiment_at_most"])
    return False


def _closes(by: ProcessedMessage, case: ProcessedMessage) -> bool:
    if case.event != "Complaint Filed":
        return by.answers
    tickets = {by.properties.get("ticket_id"), case.properties.get("ticket_id")}
    return by.event == "Complaint Resolved" and len(tickets - {None}) < 2
