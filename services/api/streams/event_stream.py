"""Server-sent events: their text, as the HTML standard defines it, and the answer that has them."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing, suppress
from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.platform.access.needs import until_shut
from services.platform.http.problems import KeyNeeded
from services.platform.tasks import end

RETRY_MS: Final = 2_000
"""How long a client should wait before it connects again."""
SEND_S: Final = 30.0
"""How long one piece may take to get out: a client that reads nothing for so long has gone."""

HEARTBEAT: Final = b":\n\n"

TOO_SLOW: Final = "this listener was too slow"
OVER: Final = "an hour is over"
STOPPING: Final = "the server ends"
AWAY: Final = "Redis is away, or the read model is not built"
NOBODY: Final = "nobody is known by this name any more"
TOPIC_DELETED: Final = "the topic has been deleted: start again without an id"

_BREAKS: Final = re.compile(b"[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]")
"""Line breaks, also those that only Unicode calls so. Within the text of JSON only these remain."""


def opening(place: str) -> bytes:
    """The first frame: when to come back, and the id to come back with if nothing else comes."""
    return f"retry: {RETRY_MS}\nid: {place}\n\n".encode()


def event(name: str, place: str, data: bytes) -> bytes:
    """One event. `data` is JSON; the line breaks in it, which would end the event, are escaped."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (
        place.encode(),
        name.encode(),
        _BREAKS.sub(_escaped, data),
    )


def _escaped(found: re.Match[bytes]) -> bytes:
    sign = found[0].decode()
    return b" " if sign in "\r\n" else b"\\u%04x" % ord(sign)


def closing(reason: str) -> bytes:
    """The last frame: a comment, which clients skip and people read."""
    return f": {reason}; go on with the header Last-Event-ID\n\n".encode()


class EventStream(Response):
    """Sends frames as they come, until they end or the client hangs up.

    It ends, too, when the key that opened it is revoked. An error before the first frame is
    answered as a problem. The stream holds its seat as long as it lasts.
    """

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes], seat: AbstractContextManager[None]) -> None:
        # Proxies such as nginx would else collect events before they pass them on.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._frames = frames
        self._seat = seat
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_disconnect(receive))
        shut = asyncio.create_task(until_shut(scope))
        try:
            await asyncio.wait({sending, gone, shut}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_shut = shut.done()
            await end([sending, gone, shut])
        if not sending.cancelled():
            sending.result()
        elif is_shut:
            shut.result()
            await self._end(send)

    async def _end(self, send: Send) -> None:
        """Refuse a client that is no longer let in, or end the answer if it has begun."""
        if not self._has_begun:
            raise KeyNeeded("This key has just been revoked")
        with suppress(TimeoutError):
            await _send_piece(send, b"", more=False)

    async def _send(self, send: Send) -> None:
        with self._seat:
            async with aclosing(self._frames) as frames:
                await self._send_all(frames, send)

    async def _send_all(self, frames: AsyncGenerator[bytes], send: Send) -> None:
        first = await anext(frames)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._has_begun = True
        try:
            await _send_piece(send, first)
            async for piece in frames:
                await _send_piece(send, piece)
            await _send_piece(send, b"", more=False)
        except TimeoutError:
            structlog.get_logger().info("listener_stuck", seconds=SEND_S)


async def _send_piece(send: Send, piece: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_S):
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
