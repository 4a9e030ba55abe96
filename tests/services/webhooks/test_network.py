"""The sender connects to the addresses that it resolved and checked, and to no other."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from services.webhooks.clock import WallClock
from services.webhooks.outcome import Delivered, Failed, Outcome
from services.webhooks.sender import create_sender
from tests.services.webhooks.receiver import receiving
from tests.services.webhooks.subscriptions import subscription

NOW = datetime.now(UTC)
CLOSED = "127.0.0.9"


async def sent_to(url: str, *addresses: str, timeout_s: float = 5.0) -> Outcome:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    sender = create_sender(resolve, WallClock(), private=True, timeout_s=timeout_s)
    return await sender.send(subscription(url=url), "t-1", b"{}")


async def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "hook.example")
        assert await sent_to(url, CLOSED, "127.0.0.1") == Delivered(204)


async def test_the_host_is_not_resolved_again() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        outcome = await sent_to(url, CLOSED, CLOSED)
        assert outcome == Failed("no connection, or no valid certificate")
        assert not receiver.got


async def test_an_answer_that_is_not_http_is_a_failure() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await sent_to(f"http://hook.example:{port}/", "127.0.0.1")
    assert outcome == Failed("the connection broke, or the answer was not HTTP")


async def test_a_silent_endpoint_fails_in_time() -> None:
    with receiving() as receiver:
        receiver.open.clear()
        outcome = await sent_to(receiver.url, "127.0.0.1", timeout_s=0.2)
    assert outcome == Failed("no answer within 0.2 s")


async def test_a_host_without_addresses_is_a_failure() -> None:
    assert await sent_to("http://hook.example/") == Failed("its name leads nowhere")
