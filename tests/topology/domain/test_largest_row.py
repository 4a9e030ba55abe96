"""The largest row that there can be: each of its parts is bounded, and so is the whole."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from schemas.messages.traits import KEPT_PURPOSES, KEPT_TRAITS
from schemas.policy.model import LONGEST_WINDOW, MOST_TRAIT_NAMES
from tests.topology.domain.life import BOOK, Life
from tests.topology.domain.messages import Json, day, event_from, identified, track
from tests.topology.domain.policies import changed, rule
from topology.agents.join_records import Merge, encode_join
from topology.agents.sizes import DEFAULT_LIMIT
from topology.domain.advance import join
from topology.domain.history.memory import MOST_HOLDS
from topology.domain.history.names import KEPT_CONTESTED, MOST_NAMES, Called, Contested, Names
from topology.domain.history.orders import KEPT, LARGEST_REFUNDS
from topology.domain.history.record import replace
from topology.domain.history.refunds import MOST_NAMED
from topology.domain.history.seen import KEPT_AT_MOST, count_ids, remember
from topology.domain.history.state import State
from topology.domain.rows.row import LARGEST_ROW, decode_row, encode_row
from topology.domain.steps.merge import Keyed

WIDE = "\N{GRINNING FACE}"
"""A character of four bytes."""
DEAREST = 999_999_999_999.0


def long_id(number: int, side: str) -> str:
    """An id as long as one may be, in characters and in bytes."""
    return f"{side}{number:06}".ljust(256, WIDE)


def messages_of(side: str) -> Iterator[Json]:
    """More than enough of everything that a row has places for."""
    ids = (long_id(number, side) for number in count())
    days = LONGEST_WINDOW.days
    for number in range(days + 1):  # A sum for each day of the window, then the whole ones.
        yield _of(ids, "Order Completed", day(number), order_id=next(ids), total=DEAREST)
    end = day(days)
    for number in range(KEPT):
        at, name, waiting = end + timedelta(minutes=number), next(ids), next(ids)
        # Refunds first: one of an order that is there would write all orders again.
        yield from _refunds(ids, name, at)
        for _ in range(MOST_NAMED):
            part = {"total": DEAREST, "currency": "DKK", "refund_id": next(ids)}
            yield _of(ids, "Order Refunded", at, order_id=name, **part)
        yield (
            _of(ids, "Order Completed", at, order_id=name, total=DEAREST, currency="USD")
            | _OVER_THE_PHONE
        )
        yield _of(ids, "Order Updated", at, order_id=name, total=DEAREST, currency="USD")
        yield from _refunds(ids, waiting, at)
    yield from _care(ids, end)
    yield from _traits(ids, end)
    for number in range(KEPT_AT_MOST):
        yield _of(ids, "Page Viewed", end + timedelta(hours=6, seconds=number))


_OVER_THE_PHONE: Json = {"context": {"channel": "phone"}}


def _of(ids: Iterator[str], event: str, at: object, **properties: object) -> Json:
    return track(event, at, next(ids), "c", **properties)  # type: ignore[arg-type]


def _refunds(ids: Iterator[str], order_id: str, at: object) -> Iterator[Json]:
    """In each of the currencies, and in the policy's own."""
    for currency in CURRENCIES:
        yield _of(ids, "Order Refunded", at, order_id=order_id, total=DEAREST, currency=currency)
    yield _of(ids, "Order Refunded", at, order_id=order_id, total=DEAREST)


def _care(ids: Iterator[str], end: object) -> Iterator[Json]:
    for _ in range(30):
        yield _of(ids, "Complaint Filed", end, ticket_id=next(ids))
        yield _of(ids, "Survey Answered", end, survey="nps", score=0)
        yield _of(ids, "Complaint Resolved", end, ticket_id=next(ids))
        yield _of(ids, "Product Reviewed", end, rating=5)


def _traits(ids: Iterator[str], end: object) -> Iterator[Json]:
    traits: Json = {f"{n:02}".ljust(64, WIDE): WIDE * 256 for n in range(KEPT_TRAITS)}
    traits |= dict.fromkeys(NAMED, WIDE * 256)
    purposes = {f"{n:02}".ljust(64, WIDE): True for n in range(KEPT_PURPOSES)}
    for each in (traits, {"consent": purposes}, traits):
        yield identified(end, **each) | {"messageId": next(ids)}  # type: ignore[arg-type]
    yield _of(ids, "Customer Suppressed", end, reason=WIDE * 200)
    for network in ("instagram", "x", "linkedin", "other"):
        yield _of(ids, "Social Followed", end, network=network)


CURRENCIES = ("AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK")
"""As many as an order keeps apart."""
RATES = [{"currency": each, "from": "2026-01-01", "rate": 0.001} for each in (*CURRENCIES, "USD")]
NAMED = tuple(f"named {n:02}".ljust(64, WIDE) for n in range(MOST_TRAIT_NAMES))
"""As many traits as a policy may name: no limit drops them."""

RULES = [
    rule(f"rule_{n}".ljust(64, "_"), {"review_at_least": 5}, cooldown="1 minute") for n in range(99)
]
RULES.append(
    rule("named", {"review_at_least": 5}, provided={"traits": {name: ["x"] for name in NAMED}})
)
LARGEST = changed(window="3653 days", rules=RULES, max_age=None, exchange=RATES)


def largest(side: str) -> State:
    """The row of a customer of whom everything came, under as many names as one may have."""
    life = Life(LARGEST)
    for message in messages_of(side):
        life.process(event_from(message))
    contested = (Contested(long_id(n, "x"), long_id(n, "y"), n) for n in range(KEPT_CONTESTED))
    names = Names(
        user=True,
        others=tuple(long_id(n, f"{side}n") for n in range(MOST_NAMES - 1)),
        called=Called(0, long_id(0, "m"), long_id(0, "c")),
        contested=tuple(contested),
    )
    return replace(life.row, known_by=names, customer_id=long_id(0, "c"))


@pytest.fixture(scope="module", name="row")
def row_() -> State:
    return largest("a")


@pytest.fixture(name="other")
def other_(row: State) -> State:
    """Another one, of the same size: each id of a message differs in its first letter.

    To make one of messages takes ten seconds.
    """
    packed = re.sub(rb"a(?=\d{6}" + WIDE.encode() + b")", b"b", encode_row(row))
    seen = b""
    for number in range(KEPT_AT_MOST):
        seen = remember(seen, long_id(number, "other"), row.as_of) or seen
    return replace(decode_row(packed), seen=seen)


def test_the_largest_row_is_as_large_as_documented(row: State) -> None:
    """And not much smaller, or the test would say little."""
    size = len(encode_row(row))

    assert 0.85 * LARGEST_ROW < size <= LARGEST_ROW
    assert decode_row(encode_row(row)) == row
    assert row.history.ledger.count == KEPT
    assert row.history.past is not None
    assert len(row.history.past.days) == 16 * LONGEST_WINDOW.days
    assert count_ids(row.seen) == KEPT_AT_MOST
    assert len(row.memory.holds) == MOST_HOLDS
    assert len(row.history.refunds) == LARGEST_REFUNDS // 1003


def test_a_record_that_carries_the_largest_row_fits(row: State) -> None:
    """Even if its topic takes no more than Kafka's default."""
    record = encode_join(Merge("stammkunde", long_id(0, "c"), b"r" * LARGEST_ROW, row.as_of))

    assert len(record) < 0.9 * DEFAULT_LIMIT


def test_two_largest_rows_make_one_that_is_no_larger(row: State, other: State) -> None:
    """Names aside: of those two persons have no more together than one may have."""
    other = replace(other, known_by=True)
    step = join(Keyed(long_id(0, "a"), row), Keyed(long_id(0, "b"), other), 0, LARGEST, 0)

    assert step.state is not None
    assert len(encode_row(step.state)) <= LARGEST_ROW
    assert step.state.history.ledger.count == KEPT


def test_an_ordinary_row_is_small() -> None:
    """A customer with a few orders knows nothing of all that."""
    life = Life(BOOK)
    for number in range(3):
        message = track("Order Completed", day(number), f"m-{number}", order_id=f"o-{number}")
        message["properties"]["total"] = 59.9
        life.process(event_from(message))
    assert len(encode_row(life.row)) < 500
