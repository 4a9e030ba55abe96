"""Receives the body of a request, within its bounds of size, time and rate."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from services.platform.http.budget import Hold
from services.platform.http.inflate import NotGzipError, TooMuchInsideError, inflate
from services.platform.http.problems import (
    BodyTooLarge,
    BodyTooSlow,
    NotReadable,
    UnknownEncoding,
)

AS_IT_IS: Final = frozenset({"identity", ""})

Charge = Callable[[int], None]
"""Counts bytes that arrive; raises a Problem if they are too many for now."""


def has_body(headers: Headers) -> bool:
    """Whether a body follows the headers of a request (RFC 9112, 6.3)."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def received_body(
    headers: Headers, receive: Receive, *, most: int, body_s: float, hold: Hold, charge: Charge
) -> bytes:
    """Return the body, inflated if it is gzip.

    Args:
        headers: of the request.
        receive: of the request.
        most: bytes that it may have, as sent and inflated.
        body_s: seconds that all of it may take.
        hold: counts what is in memory.
        charge: counts what the sender sends.

    Raises:
        Problem: it is too large, too slow, cut off, encoded in an unknown way, or there is no room.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in AS_IT_IS and encoding != "gzip":
        raise UnknownEncoding
    length = headers.get("content-length")
    if length is not None and int(length) > most:
        raise BodyTooLarge.of_bytes(most)
    try:
        async with asyncio.timeout(body_s):
            body = await _read(receive, most, hold, charge)
    except TimeoutError:
        body = None
    if body is None:
        raise BodyTooSlow(body_s)
    return _inflated(body, most, hold) if encoding == "gzip" else body


async def _read(receive: Receive, most: int, hold: Hold, charge: Charge) -> bytes | None:
    """Read all of it; None if its sender has gone."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) + len(chunk) > most:
            raise BodyTooLarge.of_bytes(most)
        charge(len(chunk))
        hold.add(len(chunk))
        body += chunk
    return bytes(body)


def _inflated(body: bytes, most: int, hold: Hold) -> bytes:
    try:
        content = inflate(body, most)
    except NotGzipError as error:
        raise NotReadable(f"The body is not one whole gzip stream: {error}.") from None
    except TooMuchInsideError:
        raise BodyTooLarge.of_bytes(most) from None
    hold.add(len(content))
    return content


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that hands out a body that has been received, and then goes on."""
    is_handed_out = False

    async def next_message() -> Message:
        nonlocal is_handed_out
        if is_handed_out:
            return await receive()
        is_handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


def nothing(receive: Receive) -> Receive:
    """Return a `receive` that says that there is no body, and then only when the client has gone.

    What comes all the same is left to the server.
    """
    return replayed(b"", receive)
