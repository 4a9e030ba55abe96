"""Middleware around everything: counts requests, and answers a bug without its details."""

import time
from http import HTTPMethod

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import Metrics
from services.platform.http.problems import InternalError
from services.platform.redact import frames_of

UNMATCHED = "unmatched"
"""The route of a request that no route took."""
OTHER = "other"
"""Methods that somebody made up: a label must not have any number of values."""


class RequestMonitor:
    """Counts every request, and logs the ones that fail by a bug."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        except Exception as error:  # the one place that must let nothing through
            _log(error, scope)
            if status:
                raise
            await InternalError().response(scope["path"])(scope, receive, note_status)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.count_request(_route(scope), _method(scope), status, seconds)


def _log(error: Exception, scope: Scope) -> None:
    """Log where it happened, but no values: they may be about a person."""
    structlog.get_logger().error(
        "request_failed",
        route=_route(scope),
        error=type(error).__name__,
        where=frames_of(error),
    )


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in HTTPMethod.__members__ else OTHER


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", UNMATCHED))
