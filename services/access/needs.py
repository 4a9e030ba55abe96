"""The guard of a route."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase
from starlette.types import Scope as ASGIScope

from services.access.credential import presented_key
from services.access.gate import Asked, Gate
from services.access.key import Key
from services.access.scope import Scope


class KeyInHeader(SecurityBase):
    """Documents one way to send a key; `needs` reads it."""

    def __init__(self, name: str, scheme: str, description: str) -> None:
        self.model = HTTPBase(scheme=scheme, description=description)
        self.scheme_name = name

    async def __call__(self) -> None:
        """Let the documentation say that the route needs a key."""


BASIC = KeyInHeader("KeyAsUser", "basic", "The key as the user, with an empty password.")
BEARER = KeyInHeader("KeyAsBearer", "bearer", "The key as `Authorization: Bearer`.")


def gate_of(request: Request) -> Gate:
    """Return the gate of the application that got the request."""
    gate: Gate = request.app.state.gate
    return gate


def needs(scope: Scope) -> Callable[..., Awaitable[Key | None]]:
    """Return a dependency that lets only those in whose key has the scope.

    Its value is the key, or None while no key is asked for.
    """

    async def admitted(
        request: Request,
        gate: Annotated[Gate, Depends(gate_of)],
        _basic: Annotated[None, Depends(BASIC)],
        _bearer: Annotated[None, Depends(BEARER)],
    ) -> Key | None:
        headers = request.headers
        asked = Asked(
            key=presented_key(headers.get("authorization")),
            host=headers.get("host", ""),
            origin=headers.get("origin"),
        )
        key = gate.admit(asked, scope)
        request.state.opened_by = key
        return key

    return admitted


async def until_shut(scope: ASGIScope) -> None:
    """Wait until who makes a request that `needs` has let in would be refused."""
    request = Request(scope)
    await gate_of(request).until_shut(request.state.opened_by)
