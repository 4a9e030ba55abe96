"""A connection that says nothing, or goes on for ever with its headers, is closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
import uvicorn

from services.api.run import _Server
from services.platform.http.prompt_headers import PromptHeaders
from tests.waits import LONGEST_WAIT_S

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Impatient(PromptHeaders):
    timeout_s = 0.3
    made: ClassVar[list["Impatient"]] = []

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.made[:] = [self]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    Impatient.made.clear()
    ready = asyncio.Event()
    config = uvicorn.Config(answer, http=Impatient, port=port, log_config=None, lifespan="off")
    server = _Server(config, ready.set)
    serving = asyncio.create_task(server.serve())
    await ready.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHo", REQUEST + b"GET / HT"])
async def test_headers_that_do_not_end_are_answered_with_408(
    unused_tcp_port: int, first: bytes
) -> None:
    async with connection(unused_tcp_port) as (reader, writer), asyncio.timeout(LONGEST_WAIT_S):
        writer.write(first)
        dripping = asyncio.create_task(drip(writer)) if first else None
        answer = await reader.read()
        if dripping:
            dripping.cancel()
    assert answer.count(b"204 No Content") == first.count(b"\r\n\r\n")
    assert b"HTTP/1.1 408" in answer


async def test_the_answer_reaches_who_reads_late_and_who_never_ends_is_cut_off(
    unused_tcp_port: int,
) -> None:
    """What comes after the answer does not make the connection be reset before it was read."""
    async with connection(unused_tcp_port) as (reader, writer), asyncio.timeout(LONGEST_WAIT_S):
        transport: Any = writer.transport
        transport.pause_reading()
        while not (Impatient.made and Impatient.made[0]._has_given_up):
            writer.write(b"a")
            await asyncio.sleep(0.02)
        for _ in range(5):
            writer.write(b"a")
            await asyncio.sleep(0.02)
        transport.resume_reading()
        assert b"HTTP/1.1 408" in await reader.read()
        with pytest.raises(ConnectionError):
            await drip(writer)


async def test_after_a_whole_request_nothing_is_waited_for(unused_tcp_port: int) -> None:
    async with connection(unused_tcp_port) as (reader, writer), asyncio.timeout(LONGEST_WAIT_S):
        for _ in range(2):
            writer.write(REQUEST)
            assert b"204" in await reader.readuntil(b"\r\n\r\n")
            assert [each._deadline for each in Impatient.made] == [None]
