"""A real HTTP server that receives webhooks and verifies them as a receiver would."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from tests.waits import LONGEST_WAIT_S


@dataclass(frozen=True)
class Got:
    """One webhook that came in."""

    path: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def customer(self) -> str:
        return str(self.body["data"]["customer_id"])

    def verified_with(self, secret: str) -> Any:
        """Verify it by the public library: return the body, or raise."""
        return Webhook(secret).verify(self.raw, dict(self.headers))

    def is_signed_with(self, secret: str) -> bool:
        """Whether this secret signed it, at whatever time."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        expected = Webhook(secret).sign(self.id, at, self.raw.decode())
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass(frozen=True)
class Answer:
    """The answer of the server."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)


OK = Answer()
Decide = Callable[[Got], Answer]


@dataclass
class Receiver:
    """The webhooks received, and the answers. They are held back while `open` is not set."""

    url: str
    decide: Decide
    got: list[Got] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)

    def handle(self, one: Got) -> Answer:
        self.got.append(one)
        self.open.wait(LONGEST_WAIT_S)
        return self.decide(one)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.got]

    async def until(self, count: int) -> list[Got]:
        """Wait until so many have come in, and return them."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            while len(self.got) < count:
                await asyncio.sleep(0.01)
        return self.got


@contextmanager
def receiving(decide: Decide = lambda _: OK, port: int = 0) -> Iterator[Receiver]:
    """A receiver on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            raw = self.rfile.read(length)
            if len(raw) < length:
                self.close_connection = True  # The sender was killed meanwhile.
                return
            answer = receiver.handle(Got(self.path, lower(self.headers), raw))
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
            except ConnectionError:
                self.close_connection = True  # The sender has stopped waiting.

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook", decide)
    receiver.open.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
