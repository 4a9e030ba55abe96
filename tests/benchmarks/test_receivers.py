"""Endpoints that count what they get: each customer's webhooks once, and in their order."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.clients.receivers import Endpoint, Tally
from benchmarks.environment.scrape import total
from benchmarks.parts.delivery import _triggers
from services.webhooks.message import TRIGGER, envelope
from tests.services.webhooks.world import triggers


class Wire(asyncio.WriteTransport):
    """What was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)


def body(customer: str, number: int) -> bytes:
    [one] = triggers([customer], first=number)
    return envelope(TRIGGER, one.effective_at, one.model_dump_json().encode())


def tallied(*got: tuple[str, int]) -> tuple[int, int, int]:
    tally = Tally()
    for each in got:
        tally.take(body(*each))
    return tally.taken, tally.repeated, tally.out_of_order


def test_what_comes_in_order_and_once_is_taken() -> None:
    assert tallied(("a", 1), ("b", 1), ("a", 2), ("a", 3)) == (4, 0, 0)


def test_what_comes_again_is_distinguished() -> None:
    assert tallied(("a", 1), ("a", 2), ("a", 2), ("a", 1)) == (2, 2, 0)


def test_what_comes_too_early_is_distinguished() -> None:
    assert tallied(("a", 2), ("b", 1)) == (2, 0, 1)


@given(st.lists(st.integers(0, 2_000), max_size=5))
def test_a_webhook_is_taken_however_it_is_cut(cuts: list[int]) -> None:
    sent = body("a", 1)
    request = b"POST /hook HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent
    tally, wire = Tally(), Wire()
    endpoint = Endpoint(tally)
    endpoint.connection_made(wire)
    places = [0, *sorted(min(cut, len(request)) for cut in cuts), len(request)]
    for start, end in pairwise(places):
        if start < end:
            endpoint.data_received(request[start:end])
    assert tally.taken == 1
    assert wire.written == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_the_triggers_are_numbered_for_each_customer() -> None:
    tally = Tally()
    for _, value in _triggers(120):
        tally.take(value)
    assert (tally.taken, tally.repeated, tally.out_of_order) == (120, 0, 0)


def test_metrics_are_summed_over_their_labels() -> None:
    text = '# TYPE x_total counter\nx_total{a="1"} 2.0\nx_total{a="2"} 3.0\n# TYPE y gauge\ny 4\n'
    assert (total(text, "x_total"), total(text, "y"), total(text, "z")) == (5, 4, 0)
