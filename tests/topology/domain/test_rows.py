"""Rows as bytes: what is written can be read again, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest
from hypothesis import given

from tests.topology.domain.histories import arrivals, bounded
from tests.topology.domain.life import BOOK, lived
from tests.topology.domain.messages import (
    Json,
    day,
    orders,
    track,
)
from topology.domain.history.record import replace
from topology.domain.history.touchpoints import read_touchpoints
from topology.domain.rows.row import NewerRowError, RowError, decode_row, encode_row, wake_of
from topology.domain.steps.wake import wake_at


@bounded
@given(arrivals)
def test_a_row_survives_its_bytes(messages: list[Json]) -> None:
    """After every event, and to the same bytes again."""
    row = lived(messages).row

    assert decode_row(encode_row(row)) == row
    assert encode_row(decode_row(encode_row(row))) == encode_row(row)


@pytest.mark.parametrize("value", [b"", b"\x00", b"{}", msgspec.msgpack.encode([1, 2])])
@pytest.mark.parametrize("read", [decode_row, lambda value: wake_of(value, BOOK)])
def test_foreign_bytes_are_no_row(value: bytes, read: Callable[[bytes], object]) -> None:
    """It says which version of rows can be read."""
    with pytest.raises(RowError, match="not a row of version 5"):
        read(value)


@pytest.mark.parametrize("read", [decode_row, lambda value: wake_of(value, BOOK)])
def test_a_row_of_a_newer_version_is_refused(read: Callable[[bytes], object]) -> None:
    """A later release may have written it. A row of no release is not called newer."""
    row = lived(orders(day(0))).row

    with pytest.raises(NewerRowError, match="a row of version 6; this release reads version 5"):
        read(encode_row(replace(row, version=6)))
    with pytest.raises(RowError, match="an entry of version -7 is no row") as error:
        read(encode_row(replace(row, version=-7)))
    assert not isinstance(error.value, NewerRowError)


def test_a_row_with_three_orders_and_ten_touchpoints_takes_less_than_700_bytes() -> None:
    """The orders are three of the ten; over web, app and store, each with its product."""
    messages = [
        event_of(
            "Order Completed",
            day(n / 2),
            channel,
            order_id=f"2026-{n:06}",
            total=59.9,
            products=[{"product_id": f"sku-{n}"}],
        )
        for n, channel in enumerate(["web", "store", "web"])
    ]
    messages += [
        event_of("Product Viewed", day(1) + timedelta(hours=n), channel, product_id=f"sku-{n}")
        for n, channel in enumerate(["web", "app", "web", "app", "app", "web", "web"], start=1)
    ]
    row = lived(messages).row

    assert row.history.events == len(list(read_touchpoints(row.history.touches))) == 10
    assert len(row.history.orders) == 3
    assert row.history.looks
    assert row.history.buys
    assert len(encode_row(row)) < 700


def event_of(event: str, at: datetime, channel: str, **properties: Any) -> Json:
    """A track message over a channel, with an id as long as shops' are."""
    name = f"{uuid5(NAMESPACE_URL, f'{event}-{at}')}"
    return track(event, at, name, **properties) | {"context": {"channel": channel}}


def test_the_head_of_a_row_says_when_it_is_due() -> None:
    """Just as the whole row does, also when another policy wrote it."""
    row = lived(orders(day(0), day(9))).row
    foreign = replace(row, policy_version="another")

    assert wake_of(encode_row(row), BOOK) == wake_at(row, BOOK) == row.wake_at
    assert wake_of(encode_row(foreign), BOOK) == wake_at(foreign, BOOK) == row.as_of
