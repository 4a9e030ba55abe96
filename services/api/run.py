"""Serves the API until it is to stop."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from services.api.app import create_app
from services.platform.access.guarding import guarding
from services.platform.faults import FaultError
from services.platform.http.prompt_headers import PromptHeaders
from services.platform.http.request_body import Bounds
from services.platform.open_files import allow_open_files
from services.platform.policies.current_book import open_current_book
from services.platform.settings import Settings
from services.read_model.arrivals import Arrivals

LAST_ANSWERS_S: Final = 5
"""How long answers that are under way may take when the server stops."""
OPEN_FILES_BESIDE: Final = 256
"""Open files for everything but the listeners: other requests, Redis, Kafka, logs."""
GONE_AFTER_MS: Final = 60_000
"""A client that takes nothing for so long has gone: the system drops its connection."""


class AddressTakenError(FaultError):
    """The API can't listen where it should."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The API can't listen on {host}, port {port} ({reason}): stop what listens there, or "
            "set STAMMKUNDE_API_PORT (0 takes a free one) and STAMMKUNDE_API_HOST."
        )


async def run_api(
    settings: Settings,
    *,
    redis: str,
    kafka: str,
    stop: asyncio.Event,
    on_ready: Callable[[str], None],
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> None:
    """Serve the read model at `redis`, and take in messages for `kafka`, until `stop` is set.

    `on_ready` gets the URL once the API answers. Either server may be away: the routes that need it
    answer with 503, and the others go on.

    Raises:
        NoKeyError: other machines could ask, and no key has been created.
        AddressTakenError: it can't listen at the address of the settings.
        PolicyError: the policy of the settings can't be used.
    """
    _make_room_for(settings.api_listeners)
    async with (
        guarding(settings, kafka, bounds) as gate,
        open_current_book(settings, kafka) as books,
    ):
        arrivals = Arrivals()
        app = create_app(
            settings,
            redis=redis,
            kafka=kafka,
            books=books,
            arrivals=arrivals,
            gate=gate,
        )
        with _listening(settings.api_host, settings.api_port) as listener:
            server = _Server(_config(app), lambda: on_ready(_url(listener)))
            stopping = asyncio.create_task(_stop_server(server, arrivals, stop))
            try:
                await server.serve(sockets=[listener])
            finally:
                stopping.cancel()
    structlog.get_logger().info("api_stopped")


def _make_room_for(listeners: int) -> None:
    wanted = listeners + OPEN_FILES_BESIDE
    allowed = allow_open_files(wanted)
    if allowed < wanted:
        structlog.get_logger().warning(
            "few_open_files",
            allowed=allowed,
            wanted=wanted,
        )


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PromptHeaders,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )


class _Server(uvicorn.Server):
    """Uvicorn, but it leaves signals to its caller, and calls `on_ready` once it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _stop_server(server: uvicorn.Server, arrivals: Arrivals, stop: asyncio.Event) -> None:
    await stop.wait()
    arrivals.close()
    server.should_exit = True


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay (40 ms an answer) off only if the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform == "linux":
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_AFTER_MS)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise AddressTakenError(host, port, error.strerror or str(error)) from None
        yield listener
    finally:
        listener.close()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
