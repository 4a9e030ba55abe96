"""The whole API over real HTTP with keys that a test holds; it needs no Kafka and no Redis."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from schemas.policy import load_default_policy
from services.api.app import create_app
from services.api.run import _Server
from services.platform.access.gate import Gate
from services.platform.http.prompt_headers import PromptHeaders
from services.platform.settings import Settings
from services.read_model.arrivals import Arrivals
from tests.waits import LONGEST_WAIT_S
from topology.domain.policy.compile import compile_policy

NOWHERE = "127.0.0.1:1"
SALT = "a salt of the test"
BOOK = compile_policy(load_default_policy(), sends_everything=False)


class Quick(PromptHeaders):
    """Lingers for less time and bytes than the real one."""

    linger_body_s: ClassVar[float] = 0.5
    linger_body_bytes: ClassVar[int] = 300_000


@dataclass(frozen=True)
class Operation:
    """A method of a path of the API."""

    method: str
    path: str

    @property
    def target(self) -> str:
        """A path that the operation has, with something for each parameter."""
        return re.sub(r"\{[^}]*\}", "x", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def app_with(
    gate: Gate, kafka: str = NOWHERE, redis: str = f"redis://{NOWHERE}", **settings: Any
) -> FastAPI:
    """The API, on a Kafka and a Redis if there is one."""
    return create_app(
        Settings(erasure_salt=SecretStr(SALT), **settings),
        redis=redis,
        kafka=kafka,
        books=lambda: BOOK,
        arrivals=Arrivals(),
        gate=gate,
    )


def operations_of(app: FastAPI) -> list[Operation]:
    """All operations of the OpenAPI document."""
    return [
        Operation(method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """Serve it, and say on which port."""
    ready = asyncio.Event()
    config = uvicorn.Config(app, http=Quick, port=0, log_config=None, lifespan="on")
    server = _Server(config, ready.set)
    serving = asyncio.create_task(server.serve())
    ready_or_over = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, ready_or_over}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        ready_or_over.cancel()
        server.should_exit = True
        await serving


@dataclass(frozen=True)
class Outcome:
    """What was answered, and how many bytes of a body were taken from who sent it."""

    status: int
    taken: int
    head: str


async def send(
    port: int,
    operation: Operation,
    *headers: str,
    piece: bytes,
    pause_s: float = 0.0,
) -> Outcome:
    """Send a body that never ends, piece by piece, and return what became of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{operation.method} {operation.target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers]
    writer.write("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")
    taken = 0

    async def go_on() -> None:
        nonlocal taken
        while True:
            writer.write(piece)
            await writer.drain()
            taken += len(piece)
            await asyncio.sleep(pause_s)

    sending = asyncio.create_task(go_on())
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            await asyncio.wait([sending])  # Until the connection is closed.
    finally:
        sending.cancel()
        writer.close()
    return Outcome(int(head.split()[1]), taken, head)
