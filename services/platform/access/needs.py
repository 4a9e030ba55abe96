"""Declares the scope that a route needs, and the size of its largest body.

`needs` is a dependency that decides nothing: `admission` reads it, and acts before the route.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase
from starlette.types import Scope as ASGIScope

from schemas.audit import AuditedAction
from services.platform.access.gate import Gate
from services.platform.access.key import Key
from services.platform.access.scope import Scope
from services.platform.http.request_body import SMALL_BODY


class KeyInHeader(SecurityBase):
    """Documents one way to send a key; `admission` reads the key."""

    def __init__(self, name: str, scheme: str, description: str) -> None:
        self.model = HTTPBase(scheme=scheme, description=description)
        self.scheme_name = name

    async def __call__(self) -> None:
        """Do nothing: the dependency documents that the route needs a key."""


BASIC = KeyInHeader("KeyAsUser", "basic", "The key as the user, with an empty password.")
BEARER = KeyInHeader("KeyAsBearer", "bearer", "The key as `Authorization: Bearer`.")


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency: the route needs a key with this scope.

    Its value is the key, None while the gate is open.
    """

    scope: Scope
    most_bytes: int

    async def __call__(
        self,
        request: Request,
        _basic: Annotated[None, Depends(BASIC)],
        _bearer: Annotated[None, Depends(BEARER)],
    ) -> Key | None:
        """Return the key of the admitted request."""
        return key_of(request)


def needs(scope: Scope, *, most_bytes: int = SMALL_BODY) -> Needs:
    """Declare a route: the scope that a key needs, and the size of the largest body, inflated."""
    return Needs(scope, most_bytes)


@dataclass(frozen=True, slots=True)
class Signed:
    """A dependency: the route needs no key, because it checks a signature of the body itself."""

    most_bytes: int

    async def __call__(self) -> None:
        """Do nothing: the route checks the signature."""


def signed(*, most_bytes: int) -> Signed:
    """Declare a route that checks signatures, and the size of its largest body."""
    return Signed(most_bytes)


@dataclass(frozen=True, slots=True)
class Audited:
    """A dependency: `admission` records each request in the audit trail before the route."""

    action: AuditedAction

    async def __call__(self) -> None:
        """Do nothing: `admission` has recorded the request."""


def audited(action: AuditedAction) -> Audited:
    """Declare a route's action, as in `dependencies=[Depends(audited(AuditedAction.ERASE))]`."""
    return Audited(action)


@dataclass(frozen=True, slots=True)
class Access:
    """The declarations of a route.

    Without a scope it is open to everybody, and reads no body unless its bodies are signed.
    """

    scopes: frozenset[Scope] = frozenset()
    most_bytes: int = 0
    action: AuditedAction | None = None
    is_signed: bool = False


Declared = Needs | Signed | Audited
"""A dependency that declares something."""


def access_of(declared: Iterable[Declared]) -> Access:
    """Join the declarations of a route and its router: all scopes, the largest body."""
    found = tuple(declared)
    needed = [each for each in found if isinstance(each, Needs)]
    actions = [each.action for each in found if isinstance(each, Audited)]
    sized = [each for each in found if isinstance(each, Needs | Signed)]
    return Access(
        frozenset(each.scope for each in needed),
        max((each.most_bytes for each in sized), default=0),
        actions[-1] if actions else None,
        any(isinstance(each, Signed) for each in found),
    )


def admit_with(scope: ASGIScope, gate: Gate, key: Key | None) -> None:
    """Pass the gate and the key of an admitted request to its route."""
    scope.setdefault("state", {}).update(opened_by=key, gate=gate)


def key_of(request: Request) -> Key | None:
    """Return the key of an admitted request; fails for a request without admission."""
    key: Key | None = request.state.opened_by
    return key


def charge_events(request: Request, count: int) -> None:
    """Count the events of a request; raises TooManyRequests."""
    gate: Gate = request.state.gate
    gate.charge(key_of(request), "events", count)


async def until_shut(scope: ASGIScope) -> None:
    """Wait until the gate would refuse the sender of an admitted request."""
    request = Request(scope)
    gate: Gate = request.state.gate
    await gate.until_shut(key_of(request))
