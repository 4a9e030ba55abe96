"""A breaker opens when a server is silent, and not when this process was slow itself."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import structlog
from structlog.testing import capture_logs

from services.platform.breaker import ANSWER_S, SILENT_PROBES, Breaker, SilentError
from services.platform.outage import Outage
from services.platform.tasks import end
from tests.waits import AT_ONCE_S, LONGEST_WAIT_S


@dataclass
class Server:
    """Answers, keeps silent or refuses."""

    mode: str = "answers"
    asked: int = 0
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> None:
        self.asked += 1
        if self.mode == "refuses":
            raise ConnectionRefusedError("nobody is there")
        if self.mode == "silent":
            await self.thawed.wait()
        await asyncio.sleep(0.01)
        for _ in range(9):  # An answer takes some rounds of the loop.
            await asyncio.sleep(0)

    def thaw(self) -> None:
        self.mode = "answers"
        self.thawed.set()


@dataclass
class Watched:
    server: Server
    breaker: Breaker
    changes: list[bool]

    async def until(self, *, is_open: bool) -> None:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while self.breaker.is_open != is_open:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def watched(after_s: float = ANSWER_S) -> AsyncIterator[Watched]:
    server, changes = Server(), list[bool]()
    outage = Outage(structlog.get_logger(), "server", after_s=after_s)
    breaker = Breaker(server.ask, outage, changes.append)
    asking = asyncio.create_task(breaker.keep_probing())
    try:
        yield Watched(server, breaker, changes)
    finally:
        await end([asking])


async def answer() -> str:
    return "yes"


async def for_ever() -> str:
    await asyncio.Event().wait()
    return "never"


@pytest.mark.parametrize("mode", ["silent", "refuses"])
async def test_it_opens_soon_refuses_at_once_and_shuts_again(mode: str) -> None:
    with capture_logs() as logs:
        async with watched() as it:
            assert await it.breaker.call(answer) == "yes"
            it.server.mode = mode
            with pytest.raises(SilentError) as caught:
                await it.breaker.call(for_ever)
            assert caught.value.begun
            began = time.monotonic()
            for _ in range(1_000):
                with pytest.raises(SilentError) as caught:
                    await it.breaker.call(answer)
                assert not caught.value.begun
            assert time.monotonic() - began < AT_ONCE_S  # With a probe each it would be minutes.
            async with asyncio.timeout(LONGEST_WAIT_S):
                while not logs:
                    await asyncio.sleep(0.005)
            it.server.thaw()
            await it.until(is_open=False)
            assert await it.breaker.call(answer) == "yes"
    assert it.changes == [True, False]
    assert [log["event"] for log in logs] == ["server_away", "server_back"]
    assert logs[1]["away_s"] >= ANSWER_S


async def test_a_stumble_is_refused_soon_but_is_no_outage_to_report() -> None:
    with capture_logs() as logs:
        async with watched(after_s=60) as it:
            it.server.mode = "silent"
            await it.until(is_open=True)
            it.server.thaw()
            await it.until(is_open=False)
    assert logs == []


async def test_what_is_raised_and_who_is_cancelled_is_no_matter_of_the_server() -> None:
    async def fail() -> None:
        raise LookupError

    async with watched() as it:
        with pytest.raises(LookupError):
            await it.breaker.call(fail)
        asking = asyncio.create_task(it.breaker.call(for_ever))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not it.breaker.is_open


async def test_a_process_that_stood_still_itself_blames_nobody() -> None:
    async with watched() as it:
        for _ in range(2):
            asked = it.server.asked
            while it.server.asked == asked:
                await asyncio.sleep(0.001)
            time.sleep(ANSWER_S * 2 * SILENT_PROBES)  # noqa: ASYNC251 - that is the point
        await asyncio.sleep(ANSWER_S)
        assert it.changes == []


async def test_it_does_not_wait_for_what_does_not_let_go() -> None:
    stubborn = asyncio.Event()

    async def hold() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await stubborn.wait()

    async with watched() as it:
        it.server.mode = "silent"
        async with asyncio.timeout(LONGEST_WAIT_S):
            with pytest.raises(SilentError):
                await it.breaker.call(hold)
        stubborn.set()
