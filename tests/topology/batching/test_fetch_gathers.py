"""While records come, the broker gathers some for each fetch; after a pause it gathers none."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from faust.types import TP

from topology.batching.transport import BatchConsumerThread

SHOP = TP("shop", 0)


async def next_fetch(
    found: dict[TP, list[str]], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int]:
    """Fetch, and return the least bytes and the longest wait (ms) of the fetch after that."""
    fetcher = SimpleNamespace(_fetch_min_bytes=1, _fetch_max_wait_ms=100)
    consumer = SimpleNamespace(_fetcher=fetcher)

    async def fetch_records(*_: Any, **__: Any) -> dict[TP, list[str]]:
        return found

    thread = cast("Any", object.__new__(BatchConsumerThread))
    monkeypatch.setattr(BatchConsumerThread, "_ensure_consumer", lambda _: consumer)
    monkeypatch.setattr(BatchConsumerThread, "_fetch_records", fetch_records)
    thread._positions = {}
    await thread._fetch({SHOP}, 0.1)
    return fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms


async def test_after_records_the_broker_gathers_more_for_a_short_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fetch for each request of a sender would cost more than its records."""
    least, wait_ms = await next_fetch({SHOP: ["a record"]}, monkeypatch)

    assert least > 1_000
    assert wait_ms < 50


async def test_after_a_pause_the_first_record_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without records the broker is asked seldom."""
    assert await next_fetch({}, monkeypatch) == (1, 100)
