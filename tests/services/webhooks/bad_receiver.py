"""A receiver that behaves badly: it writes the bytes of a test, and ends as the test wants."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto

from services.platform.tasks import end
from services.webhooks.clock import WallClock
from services.webhooks.network import GuardedNetwork
from services.webhooks.outcome import Outcome
from services.webhooks.sender import Sender
from tests.services.webhooks.subscriptions import subscription

RESET = struct.pack("ii", 1, 0)
TIMEOUT_S = 5.0
SOME = 65_536
CLOSING_S = 0.001
"""For asyncio to close a connection whose peer has gone."""
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Then(Enum):
    """How a receiver ends once it has written everything."""

    CLOSES = auto()
    RESETS = auto()
    HANGS = auto()
    GOES_ON = auto()
    """It writes its last piece again and again."""


@asynccontextmanager
async def answering(
    pieces: Iterable[bytes], then: Then, *, tls: ssl.SSLContext | None = None, reads: bool = True
) -> AsyncIterator[int]:
    """Listen and yield the port. Without `reads` it does not wait for a request."""
    all_of_them, connections = list(pieces), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(handle(reader, writer)))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if reads:
                await reader.read(1)
            for piece in all_of_them:
                writer.write(piece)
                await writer.drain()
            while then is Then.GOES_ON:
                writer.write(all_of_them[-1])
                await writer.drain()
                await asyncio.sleep(0)
            if then is Then.HANGS:
                await reader.read()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            _end(writer, then)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        await _close(server, connections)


@asynccontextmanager
async def corrupting(port: int) -> AsyncIterator[int]:
    """Stand before a TLS server, and corrupt the bytes after its handshake."""
    connections = set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(_corrupt(port, reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        await _close(server, connections)


async def _corrupt(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inside, to_inside = await asyncio.open_connection("127.0.0.1", port)
    try:
        to_inside.write(await reader.read(SOME))
        writer.write(await inside.read(SOME))
        await reader.read(SOME)
        writer.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        await writer.drain()
        await reader.read()
    finally:
        to_inside.transport.abort()
        writer.transport.abort()


async def _close(server: asyncio.Server, connections: "set[asyncio.Task[None]]") -> None:
    server.close()
    await end(connections)
    await asyncio.sleep(CLOSING_S)


def _end(writer: asyncio.StreamWriter, then: Then) -> None:
    if then is Then.CLOSES:
        writer.close()
        return
    plain: socket.socket = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def sent(
    port: int,
    *,
    scheme: str = "http",
    trust: ssl.SSLContext = TRUSTS_NOBODY,
    addresses: Sequence[str] = ("127.0.0.1",),
    timeout_s: float = TIMEOUT_S,
) -> Outcome:
    """Send a webhook to this port, and return the outcome."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    network = GuardedNetwork(resolve, private=True)
    sender = Sender(network, trust, WallClock(), timeout_s)
    url = f"{scheme}://localhost:{port}/hook"
    return await sender.send(subscription(url=url), "t-1", b"{}")
