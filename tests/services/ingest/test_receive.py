"""A request is read within its bounds of memory and time."""

import asyncio
import gzip
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import Request

from services.api.problems import Problem
from services.ingest.budget import Budget
from services.ingest.limits import Limits
from services.ingest.problems import BodyTooLarge, BodyTooSlow, Busy
from services.ingest.receive import receive

LIMITS = Limits(body_bytes=100, drained_bytes=300, body_s=0.2, under_way_bytes=250)


def request(chunks: Iterable[bytes], *, ends: bool = True, encoding: str = "") -> Request:
    """A request whose body comes in these chunks, and then ends or does not."""
    left = iter(chunks)

    async def next_message() -> dict[str, Any]:
        chunk = next(left, None)
        if chunk is None and not ends:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    headers = [(b"content-encoding", encoding.encode())] if encoding else []
    return Request({"type": "http", "method": "POST", "headers": headers}, next_message)


async def received(budget: Budget, *chunks: bytes, **how: Any) -> bytes:
    with budget.hold() as hold:
        return await receive(request(chunks, **how), LIMITS, hold)


async def refused(budget: Budget, *chunks: bytes, **how: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await received(budget, *chunks, **how)
    assert budget.taken == 0
    return caught.value


async def test_what_is_read_is_held_until_the_request_is_over() -> None:
    budget = Budget(LIMITS.under_way_bytes)
    with budget.hold() as hold:
        body = await receive(request([b"a" * 60, b"b" * 40]), LIMITS, hold)
        assert (len(body), budget.taken) == (100, 100)
    assert budget.taken == 0


async def test_what_was_packed_is_held_with_what_came_of_it() -> None:
    budget, packed = Budget(LIMITS.under_way_bytes), gzip.compress(b"a" * 90)
    with budget.hold() as hold:
        body = await receive(request([packed], encoding="gzip"), LIMITS, hold)
        assert (body, budget.taken) == (b"a" * 90, 90 + len(packed))


async def test_above_the_bound_of_all_requests_the_next_one_has_to_wait() -> None:
    budget = Budget(LIMITS.under_way_bytes)
    with budget.hold() as hold:
        hold.add(180)
        with pytest.raises(Busy) as caught:
            await received(budget, b"a" * 60, b"b" * 40)
        assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
        assert budget.taken == 180
        assert await received(budget, b"a" * 70) == b"a" * 70


@pytest.mark.parametrize("chunks", [(), (b"a",), (b"a" * 99, b"b" * 99)])
async def test_a_body_that_does_not_end_is_given_up_on(chunks: tuple[bytes, ...]) -> None:
    async with asyncio.timeout(5):
        problem = await refused(Budget(LIMITS.under_way_bytes), *chunks, ends=False)
    assert isinstance(problem, BodyTooSlow)
    assert problem.headers["Connection"] == "close"


async def test_of_a_body_that_is_too_large_the_rest_is_thrown_away() -> None:
    """All of it up to a bound, so that its sender hears why; beyond, it is not read any more."""
    budget = Budget(LIMITS.under_way_bytes)
    assert isinstance(await refused(budget, b"a" * 60, b"b" * 60), BodyTooLarge)
    assert isinstance(await refused(budget, *[b"a" * 60] * 100, ends=False), BodyTooLarge)
