"""The live stream of `mix`: how often each event happens, to whom, and what it refers to."""

from collections import Counter
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from benchmarks.loads.mix.history import LIVE_BEGINS, untouched_orders
from benchmarks.loads.mix.message import customer_id
from benchmarks.loads.mix.products import Zipf
from benchmarks.loads.mix.stream import MOST_LATE, SHARES, TAKE_BACK, live_records
from schemas.messages.catalogue import ORDER_COMPLETED, ORDER_REFUNDED, TOPIC_OF_EVENT
from schemas.policy import load_default_policy
from services.ingest.validate import Arrival, Taken, Validator, validate
from topology.agents.decode import EventDecoder
from topology.domain.history.instant import DAY, from_datetime, to_datetime
from topology.domain.policy.compile import compile_policy

EVENTS = 10_000
CUSTOMERS = 2_000


@cache
def messages() -> list[dict[str, Any]]:
    return [msgspec.json.decode(each.value) for each in live_records(EVENTS, CUSTOMERS)]


def name_of(message: dict[str, Any]) -> str:
    return str(message.get("event", message["type"]))


def order_of(message: dict[str, Any]) -> str:
    return str(message["properties"]["order_id"])


def test_the_shares_are_those_of_a_shop() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    assert SHARES["Product Viewed"] == 0.7
    assert SHARES["Product Added"] == 0.12
    assert SHARES["Checkout Started"] == SHARES["Order Completed"] == 0.06
    assert sum(SHARES[name] for name in TAKE_BACK) == pytest.approx(0.02)
    assert sum(share for name, share in SHARES.items() if "Social" in name) == pytest.approx(0.01)
    assert SHARES["identify"] == 0.01


def test_each_event_happens_as_often_as_its_share_says() -> None:
    counts = Counter(map(name_of, messages()))
    assert counts.keys() == SHARES.keys()
    for name, share in SHARES.items():
        assert counts[name] == pytest.approx(share * EVENTS, abs=4 * (share * EVENTS) ** 0.5)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    first = list(live_records(500, CUSTOMERS, seed=7))
    assert list(live_records(500, CUSTOMERS, seed=7)) == first
    assert list(live_records(500, CUSTOMERS, seed=8)) != first


def test_fewer_events_are_the_first_ones_of_the_same_day() -> None:
    assert list(live_records(200, CUSTOMERS)) == list(live_records(500, CUSTOMERS))[:200]


def test_a_refund_or_a_cancellation_takes_back_an_order_of_its_customer_once() -> None:
    orders = {
        customer_id(number): {each.order_id for each in untouched_orders(number, CUSTOMERS)}
        for number in range(CUSTOMERS)
    }
    today = taken = 0
    for message in messages():
        known = orders[message["userId"]]
        if name_of(message) == ORDER_COMPLETED.name:
            known.add(order_of(message))
        elif name_of(message) in TAKE_BACK:
            known.remove(order_of(message))
            taken += 1
            today += "heute" in order_of(message)
    assert 0 < today < taken


def test_a_refund_is_no_more_than_the_order() -> None:
    totals = {
        order.order_id: order.total / 100
        for number in range(CUSTOMERS)
        for order in untouched_orders(number, CUSTOMERS)
    }
    for message in messages():
        if name_of(message) == ORDER_COMPLETED.name:
            totals[order_of(message)] = message["properties"]["total"]
        elif name_of(message) == ORDER_REFUNDED.name:
            assert 0 < message["properties"]["total"] <= totals[order_of(message)]


def test_the_customers_follow_the_law_of_zipf_and_mandelbrot() -> None:
    counts = Counter(message["userId"] for message in messages())
    busiest = sum(counts[customer_id(number)] for number in range(CUSTOMERS // 100))
    tenth = sum(counts[customer_id(number)] for number in range(CUSTOMERS // 10))
    assert busiest == pytest.approx(0.35 * EVENTS, rel=0.1)
    assert tenth == pytest.approx(0.67 * EVENTS, rel=0.1)
    zipf = Zipf(CUSTOMERS)
    mean = sum(map(zipf.times_the_mean, range(CUSTOMERS))) / CUSTOMERS
    assert mean == pytest.approx(1, rel=0.01)


def test_messages_arrive_in_order_and_are_little_late() -> None:
    records = list(live_records(EVENTS, CUSTOMERS))
    assert all(one.received <= two.received for one, two in pairwise(records))
    late = [
        each.received - from_datetime(datetime.fromisoformat(message["timestamp"]))
        for each, message in zip(records, messages(), strict=True)
    ]
    assert min(late) >= 0
    assert 10_000_000 < max(late) <= MOST_LATE
    assert sum(each > 1_000_000 for each in late) < 0.03 * EVENTS
    assert records[-1].received == LIVE_BEGINS + EVENTS * DAY // CUSTOMERS // 1000 * 1000


def test_the_text_is_german_in_utf_8_without_escapes() -> None:
    values = [each.value for each in live_records(1_000, CUSTOMERS)]
    assert sum(not value.isascii() for value in values) > 600
    assert not any(b"\\u" in value for value in values)
    assert "ß".encode() in b"".join(values)


def test_the_api_would_write_these_messages_as_they_are() -> None:
    """They have what Segment's library and the API add: nothing is corrected or ignored."""
    book = compile_policy(load_default_policy())
    validator = Validator(TOPIC_OF_EVENT, EventDecoder(book.exchange), 32 * 1024)
    for each in live_records(1_000, CUSTOMERS):
        verdict = validate(each.value, None, Arrival(to_datetime(each.received), str), validator)
        assert isinstance(verdict, Taken), verdict
        assert (verdict.key, verdict.value, verdict.ignored) == (each.key, each.value, ())
