"""Middleware before every route: who asks, then how much, then for how long; only then the route.

Until it is known that a key may do what it asks for, nothing of a body is read.
"""

from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from services.access.budget import Budget, Hold
from services.access.credential import presented_key
from services.access.gate import Asked, Gate, check_scopes
from services.access.needs import admit_with
from services.access.receive import has_body, nothing, received_body, replayed
from services.access.route_access import RouteTable
from services.api.problems import Problem


@dataclass(frozen=True, slots=True)
class Guard:
    """What admission works with."""

    gate: Gate
    routes: RouteTable
    budget: Budget


class Admission:
    """Refuses, or passes on with the whole body."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._guard.budget.hold() as hold:
            try:
                body = await self._admitted(scope, receive, hold)
            except Problem as problem:
                await _refuse(problem, scope, receive, send)
                return
            await self._app(scope, body, send)

    async def _admitted(self, scope: Scope, receive: Receive, hold: Hold) -> Receive:
        """Return the `receive` that the route gets; raises Problem."""
        guard, headers = self._guard, Headers(scope=scope)
        found = guard.routes.find(scope["method"], scope["path"])
        scope["route"] = found.route
        access = found.route.access
        if not access.scopes:
            return nothing(receive)
        key = guard.gate.admit(_asked(headers))
        check_scopes(key, access.scopes)
        admit_with(scope, guard.gate, key)
        if not has_body(headers):
            return receive
        body = await received_body(
            headers,
            receive,
            most=access.most_bytes,
            body_s=guard.gate.bounds.body_s,
            hold=hold,
            charge=partial(guard.gate.charge, key, "bytes"),
        )
        return replayed(body, receive)


def _asked(headers: Headers) -> Asked:
    return Asked(
        key=presented_key(headers.get("authorization")),
        host=headers.get("host", ""),
        origin=headers.get("origin"),
    )


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem. Where a body is still on its way, nothing else can follow it."""
    answer = problem.response(scope["path"])
    if has_body(Headers(scope=scope)):
        answer.headers["Connection"] = "close"
    await answer(scope, receive, send)
