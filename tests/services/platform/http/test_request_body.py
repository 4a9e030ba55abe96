"""A body is read within its bounds of memory, time and rate."""

import asyncio
import gzip
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from services.platform.http.problems import (
    BodyTooLarge,
    BodyTooSlow,
    Busy,
    Problem,
    UnknownEncoding,
)
from services.platform.http.request_body import (
    MemoryBudget,
    has_body,
    no_body,
    received_body,
    replayed,
)
from tests.waits import LONGEST_WAIT_S

MOST = 100
UNDER_WAY = 250
BODY_S = 0.05


class Sender:
    """Sends these chunks, and then ends, goes, or says nothing more."""

    def __init__(self, chunks: Iterable[bytes], last: str = "end") -> None:
        self._left = iter(chunks)
        self._last = last
        self.sent = 0

    async def __call__(self) -> Message:
        chunk = next(self._left, None)
        if chunk is not None:
            self.sent += len(chunk)
            return {"type": "http.request", "body": chunk, "more_body": True}
        if self._last == "silence":
            await asyncio.Event().wait()
        if self._last == "gone":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}


def charge_nothing(count: int) -> None:
    """Whoever sends has no rate."""


async def received(
    budget: MemoryBudget, receive: Receive, charge: Any = charge_nothing, **headers: str
) -> bytes:
    with budget.reserve() as memory:
        return await received_body(
            Headers({name.replace("_", "-"): value for name, value in headers.items()}),
            receive,
            most=MOST,
            body_s=BODY_S,
            memory=memory,
            charge=charge,
        )


async def refused(budget: MemoryBudget, receive: Receive, **headers: str) -> Problem:
    with pytest.raises(Problem) as caught:
        await received(budget, receive, **headers)
    assert budget.taken == 0
    return caught.value


@given(chunks=st.lists(st.binary(max_size=50), max_size=8), packed=st.booleans())
def test_what_fits_is_received_whole_and_what_does_not_is_not(
    *, chunks: list[bytes], packed: bool
) -> None:
    whole = b"".join(chunks)
    sent = [gzip.compress(whole)] if packed else chunks
    how = {"content_encoding": "gzip"} if packed else {}
    budget = MemoryBudget(10_000)
    if len(whole) <= MOST and sum(map(len, sent)) <= MOST:
        assert asyncio.run(received(budget, Sender(sent), **how)) == whole
    else:
        assert isinstance(asyncio.run(refused(budget, Sender(sent), **how)), BodyTooLarge)
    assert budget.taken == 0


async def test_what_is_read_is_held_until_the_request_is_over() -> None:
    budget, packed = MemoryBudget(UNDER_WAY), gzip.compress(b"a" * 90)
    with budget.reserve() as memory:
        headers = Headers({"content-encoding": "gzip"})
        body = await received_body(
            headers,
            Sender([packed]),
            most=MOST,
            body_s=BODY_S,
            memory=memory,
            charge=charge_nothing,
        )
        assert (body, budget.taken) == (b"a" * 90, 90 + len(packed))
    assert budget.taken == 0


async def test_above_the_bound_of_all_requests_the_next_one_has_to_wait() -> None:
    budget = MemoryBudget(UNDER_WAY)
    with budget.reserve() as memory:
        memory.add(180)
        with pytest.raises(Busy) as caught:
            await received(budget, Sender([b"a" * 60, b"b" * 40]))
        assert caught.value.status == 429
        assert caught.value.headers == {"Retry-After": "1"}
        assert budget.taken == 180
        assert await received(budget, Sender([b"a" * 70])) == b"a" * 70


@pytest.mark.parametrize("chunks", [(), (b"a",), (b"a" * 49, b"b" * 49)])
@pytest.mark.parametrize("last", ["silence", "gone"])
async def test_a_body_that_does_not_end_is_given_up_on(
    chunks: tuple[bytes, ...], last: str
) -> None:
    async with asyncio.timeout(LONGEST_WAIT_S):
        problem = await refused(MemoryBudget(UNDER_WAY), Sender(chunks, last))
    assert isinstance(problem, BodyTooSlow)


async def test_a_body_that_says_that_it_is_too_large_is_not_read() -> None:
    sender = Sender([b"a" * 60] * 100, "silence")
    problem = await refused(MemoryBudget(UNDER_WAY), sender, content_length="101")
    assert isinstance(problem, BodyTooLarge)
    assert sender.sent == 0


async def test_of_a_body_that_turns_out_to_be_too_large_no_more_is_read() -> None:
    sender = Sender([b"a" * 60] * 100, "silence")
    assert isinstance(await refused(MemoryBudget(UNDER_WAY), sender), BodyTooLarge)
    assert sender.sent == 120


async def test_an_encoding_that_is_not_known_is_reported_before_anything_is_read() -> None:
    sender = Sender([b"a"])
    problem = await refused(MemoryBudget(UNDER_WAY), sender, content_encoding="br")
    assert isinstance(problem, UnknownEncoding)
    assert sender.sent == 0


async def test_each_piece_is_charged_as_it_comes() -> None:
    charged: list[int] = []
    await received(MemoryBudget(UNDER_WAY), Sender([b"a" * 60, b"b" * 30]), charged.append)
    assert [each for each in charged if each] == [60, 30]


@pytest.mark.parametrize(
    ("headers", "has_one"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "1"}, True),
        ({"transfer-encoding": "chunked"}, True),
    ],
)
def test_whether_a_body_follows(headers: dict[str, str], *, has_one: bool) -> None:
    assert has_body(Headers(headers)) is has_one


async def test_the_route_gets_the_body_once_and_then_learns_whether_the_client_is_there() -> None:
    receive = replayed(b"body", Sender([], "gone"))
    assert await receive() == {"type": "http.request", "body": b"body", "more_body": False}
    assert await receive() == {"type": "http.disconnect"}


async def test_an_open_route_gets_no_body() -> None:
    sender = Sender([b"a" * 60], "gone")
    receive = no_body(sender)
    assert await receive() == {"type": "http.request", "body": b"", "more_body": False}
    assert sender.sent == 0
