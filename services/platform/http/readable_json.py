"""Middleware: people get JSON with line breaks, programs without.

As in the API of Kubernetes, `?pretty` asks for line breaks, and `?pretty=false` for none. Without
it, curl, Wget, HTTPie and browsers get them, unless they accept JSON by name. Only blanks differ.
"""

from typing import Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HUMAN_CLIENTS: Final = ("curl/", "wget/", "httpie/", "mozilla/")
"""The prefixes, in lower case, of the User-Agent of clients whose answers people read."""
PRETTY: Final = b"pretty"
NO: Final = frozenset({b"false", b"0", b"no"})
JSON: Final = ("application/json", "application/problem+json")


class ReadableJson:
    """Removes `pretty` from the query, so that no operation has to know it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = _take_pretty(scope) if PRETTY in scope["query_string"] else None
        if _is_of_a_person(Headers(scope=scope)) if asked is None else asked:
            send = _Formatted(send).send
        await self._app(scope, receive, send)


class _Formatted:
    """Sends an answer; collects JSON until it is whole, and formats it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Send a part of the answer, or collect it."""
        if message["type"] == "http.response.start" and _is_json(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_whole(self._start)

    async def _send_whole(self, start: Message) -> None:
        body = _formatted(bytes(self._body))
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _formatted(body: bytes) -> bytes:
    try:
        return msgspec.json.format(body, indent=2) + b"\n"
    except msgspec.DecodeError:  # The answer to HEAD has no body.
        return body


def _is_json(start: Message) -> bool:
    kind = Headers(raw=list(start["headers"])).get("content-type", "")
    return kind.partition(";")[0].strip() in JSON


def _take_pretty(scope: Scope) -> bool | None:
    """Remove `pretty` from the query, and return its value, None without it."""
    asked, rest = None, []
    for part in scope["query_string"].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == PRETTY:
            asked = value.lower() not in NO
        else:
            rest.append(part)
    scope["query_string"] = b"&".join(rest)
    return asked


def _is_of_a_person(headers: Headers) -> bool:
    client = headers.get("user-agent", "").lower()
    return client.startswith(HUMAN_CLIENTS) and "json" not in headers.get("accept", "")
