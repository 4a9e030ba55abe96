"""The table of all routes with the scopes that they need, read from the application once.

An application with a route that declares nothing does not start. A path that is not in the table
is answered with 404, so that no request reaches an undeclared route.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from services.platform.access.needs import Access, Audited, Declared, Needs, Signed, access_of
from services.platform.http.problems import NoSuchMethod, NoSuchPath

OPEN_PATHS: Final = frozenset(
    {
        "/",
        "/docs",
        "/docs/assets/{name}",
        "/healthz",
        "/openapi.json",
        "/readyz",
        "/redoc",
    }
)
"""The paths without a key. docs/security.md lists them, too; a test compares."""
_READ: Final = frozenset({"GET", "HEAD"})


class UndeclaredRouteError(Exception):
    """A route declares neither a scope nor signed bodies and is no open path, or more of these."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The route {path} must have `Depends(needs(…))` or `Depends(signed(…))`, or be one of "
            "the open paths, and not more than one of these."
        )


@dataclass(frozen=True, slots=True)
class GuardedRoute:
    """A path, its methods, and the access that it declares."""

    path: str
    """With the names of its parameters."""
    pattern: re.Pattern[str]
    methods: frozenset[str]
    access: Access


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """The route of a request, and the parameters in its path, still percent-encoded."""

    route: GuardedRoute
    parameters: Mapping[str, str]


class RouteTable:
    """All routes of an application, in its order."""

    def __init__(self, routes: Collection[GuardedRoute]) -> None:
        self.routes = tuple(routes)

    def at(self, path: str) -> list[FoundRoute]:
        """Return the routes of a path, one or more; raises NoSuchPath."""
        found = [
            FoundRoute(route, match.groupdict())
            for route in self.routes
            if (match := route.pattern.match(path)) is not None
        ]
        if not found:
            raise NoSuchPath
        return found


def for_method(method: str, found: Sequence[FoundRoute]) -> FoundRoute:
    """Return the first of a path's routes that takes the method; raises NoSuchMethod."""
    for each in found:
        if method in each.route.methods:
            return each
    raise NoSuchMethod(method, {one for each in found for one in each.route.methods})


def route_table(app: FastAPI, open_paths: Collection[str]) -> RouteTable:
    """Read the routes of an application; `open_paths` are open to everybody.

    Raises:
        UndeclaredRouteError: a route declares nothing, or an open path declares a scope.
    """
    return RouteTable([_guarded(each, open_paths) for each in iter_route_contexts(app.routes)])


def _guarded(context: RouteContext, open_paths: Collection[str]) -> GuardedRoute:
    path = context.path or ""
    access = access_of(_declared(getattr(context, "dependant", None)))
    if (bool(access.scopes), access.is_signed, path in open_paths).count(True) != 1:
        raise UndeclaredRouteError(path)
    return GuardedRoute(path, context.path_regex, frozenset(context.methods or _READ), access)


def _declared(dependant: Dependant | None) -> Iterator[Declared]:
    if dependant is None:
        return
    for each in dependant.dependencies:
        if isinstance(each.call, Needs | Signed | Audited):
            yield each.call
        yield from _declared(each)
