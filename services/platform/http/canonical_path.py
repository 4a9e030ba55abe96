"""Middleware: routes see the path percent-encoded, so a customer id may contain a slash."""

from typing import Final
from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

_PLAIN: Final = "!$&'()*+,;=:@"
"""The characters of a path's segment without encoding, besides letters, digits and -._~"""


def canonical_path(raw: str) -> str:
    """Return a path with all segments encoded in the same way, however the client encoded them."""
    return "/".join(quote(unquote_to_bytes(segment), safe=_PLAIN) for segment in raw.split("/"))


class CanonicalPath:
    """Passes requests on with the canonical path, still percent-encoded."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw:
            scope["path"] = canonical_path(raw.decode("ascii", "replace"))
        await self._app(scope, receive, send)
