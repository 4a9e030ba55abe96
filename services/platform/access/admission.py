"""Middleware before every route: it checks the key, then receives the body, then calls the route.

It reads no body before it knows that the key has the route's scope.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.audit import AuditRecord
from services.platform.access.gate import Asked, Gate, check_scopes
from services.platform.access.key import Key
from services.platform.access.needs import Access, admit_with
from services.platform.access.route_access import RouteTable, for_method
from services.platform.audit.request_audit import RequestAudit
from services.platform.http.problems import KeyNotEnough, Problem
from services.platform.http.request_body import (
    MemoryBudget,
    Reservation,
    has_body,
    no_body,
    received_body,
    replayed,
)


@dataclass(frozen=True, slots=True)
class Guard:
    """The dependencies of `Admission`."""

    gate: Gate
    routes: RouteTable
    budget: MemoryBudget
    signed_budget: MemoryBudget
    """For bodies that are read before their signature is known: they take no room from others."""
    audit: RequestAudit


class Admission:
    """Refuses a request, or passes it on with its whole body."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guard = self._guard
        with guard.budget.reserve() as memory, guard.signed_budget.reserve() as of_signed:
            try:
                admitted = await self._admitted(scope, receive, memory, of_signed)
            except Problem as problem:
                await _refuse(problem, scope, receive, send)
                return
            await self._answer(scope, admitted, send)

    async def _admitted(
        self, scope: Scope, receive: Receive, memory: Reservation, of_signed: Reservation
    ) -> "Admitted":
        """Admit a request; raises Problem."""
        guard, headers = self._guard, Headers(scope=scope)
        at_path = guard.routes.at(scope["path"])
        scope["route"] = at_path[0].route  # For those who count requests.
        found = for_method(scope["method"], at_path)
        access = found.route.access
        if access.is_signed:
            scope.setdefault("state", {})["audit"] = guard.audit
            receive = await self._body(headers, receive, access, of_signed, None)
            return Admitted(receive, None)
        if not access.scopes:
            return Admitted(no_body(receive), None)
        key = guard.gate.admit(_asked(headers))
        entry = None
        if access.action is not None:
            entry = guard.audit.entry(access.action, scope, key, found.parameters)
        await self._check_scopes(key, access, entry)
        admit_with(scope, guard.gate, key)
        scope["state"]["audit"] = guard.audit
        receive = await self._body(headers, receive, access, memory, key)
        if entry is not None:
            await guard.audit.begin(entry)
        return Admitted(receive, entry)

    async def _body(
        self,
        headers: Headers,
        receive: Receive,
        access: Access,
        memory: Reservation,
        key: Key | None,
    ) -> Receive:
        """Receive the body, and return a `receive` that gives it; raises Problem."""
        if not has_body(headers):
            return receive
        gate = self._guard.gate
        body = await received_body(
            headers,
            receive,
            most=access.most_bytes,
            body_s=gate.bounds.body_s,
            memory=memory,
            charge=partial(gate.charge, key, "bytes"),
        )
        return replayed(body, receive)

    async def _check_scopes(
        self, key: Key | None, access: Access, entry: AuditRecord | None
    ) -> None:
        """Raise KeyNotEnough if the key lacks a scope, and record the attempt."""
        try:
            check_scopes(key, access.scopes)
        except KeyNotEnough as problem:
            if entry is not None:
                await self._guard.audit.end(entry, problem.status)
            raise

    async def _answer(self, scope: Scope, admitted: "Admitted", send: Send) -> None:
        entry = admitted.entry
        if entry is None:
            await self._app(scope, admitted.receive, send)
            return
        try:
            await self._app(scope, admitted.receive, self._guard.audit.watched(entry, send))
        except Exception:
            await self._guard.audit.end(entry, HTTPStatus.INTERNAL_SERVER_ERROR)
            raise


@dataclass(frozen=True, slots=True)
class Admitted:
    """The `receive` of a route, and the audit record that the request has begun, if any."""

    receive: Receive
    entry: AuditRecord | None


def audit_of(request: Request) -> RequestAudit:
    """Return the audit of an admitted request, for actions that its route does not declare."""
    audit: RequestAudit = request.state.audit
    return audit


def _asked(headers: Headers) -> Asked:
    return Asked(
        key=presented_key(headers.get("authorization")),
        host=headers.get("host", ""),
        origin=headers.get("origin"),
    )


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem. After an unread body the connection can't be used again."""
    answer = problem.response(scope["path"])
    if has_body(Headers(scope=scope)):
        answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def presented_key(authorization: str | None) -> str | None:
    """Return the key in the header `Authorization`, None without one.

    It is the user of HTTP Basic, as Segment's libraries send it (with any password), or a Bearer
    token.
    """
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        pair = b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return pair.partition(":")[0] or None
