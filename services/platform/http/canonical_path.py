"""Routes by the path as it was sent, so that a customer id may contain an encoded slash."""

from typing import Final
from urllib.parse import quote, unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

_PLAIN: Final = "!$&'()*+,;=:@"
"""What needs no encoding in a segment of a path, besides letters, digits and -._~"""


def canonical_path(raw: str) -> str:
    """Return `raw` with each segment encoded in the same way, whoever encoded it."""
    return "/".join(quote(unquote_to_bytes(segment), safe=_PLAIN) for segment in raw.split("/"))


class CanonicalPath:
    """Middleware: the application sees the canonical path, still percent-encoded."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw:
            scope["path"] = canonical_path(raw.decode("ascii", "replace"))
        await self._app(scope, receive, send)
