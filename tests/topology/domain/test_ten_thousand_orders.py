"""Ten thousand orders under one id: what an order costs does not grow with their number.

A till's collective account, or the one id that a shop gives to all of its guests.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from tests.topology.domain.life import Life
from tests.topology.domain.messages import Json, day, event_from, order
from tests.topology.forms import not_compiled
from topology.domain.history import ledger
from topology.domain.history.orders import KEPT
from topology.domain.rows.row import encode_row

MANY = 10_000
ENOUGH_S = 60.0
"""A few seconds of CPU time are common. When all orders were unpacked at each, it was minutes."""


def messages_of(how: str) -> list[Json]:
    """So many orders within a window, in an order of arrival."""
    pause = timedelta(days=363) / MANY
    found = [order(day(0) + number * pause, f"w-{number}", 9.99) for number in range(MANY)]
    if how == "newest first":
        found.reverse()
    elif how == "shuffled":
        random.Random(19).shuffle(found)
    return found


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many orders were decoded, each time that some were."""
    sizes: list[int] = []

    def counting(decode: Any) -> Any:
        def decoded(packed: bytes) -> Any:
            found = decode(packed)
            sizes.append(len(found) if isinstance(found, tuple) else 1)
            return found

        return decoded

    with (
        patch.object(ledger, "_decode", counting(ledger._decode)),
        patch.object(ledger, "_decode_one", counting(ledger._decode_one)),
    ):
        yield sizes


@not_compiled
@pytest.mark.parametrize(
    ("how", "most"),
    [("oldest first", KEPT + 4), ("newest first", 5 * KEPT), ("shuffled", 5 * KEPT)],
)
def test_what_an_order_costs_does_not_grow_with_their_number(how: str, most: int) -> None:
    """All are counted, no more than a few hundred are decoded for any of them, and soon."""
    events, life, busiest = [event_from(each) for each in messages_of(how)], Life(), 0
    began = time.process_time()
    with counted() as sizes:
        for event in events:
            life.process(event)
            busiest = max(busiest, sum(sizes))
            sizes.clear()
    scores = life.row.scores

    assert (scores.orders_in_window, scores.revenue_in_window) == (MANY, MANY * 999)
    assert busiest <= most
    assert len(encode_row(life.row)) < 150_000
    assert time.process_time() - began < ENOUGH_S
