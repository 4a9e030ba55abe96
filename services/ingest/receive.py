"""Receives the body of a request, within its bounds of size and time."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.ingest.budget import Hold
from services.ingest.inflate import NotGzipError, TooMuchInsideError, inflate
from services.ingest.limits import Limits
from services.ingest.problems import BodyTooLarge, BodyTooSlow, NotReadable, UnknownEncoding


async def receive(request: Request, limits: Limits, hold: Hold) -> bytes:
    """Return the body, inflated if it is gzip. `hold` counts what is in memory.

    Raises:
        Problem: it is too large, too slow, cut off, encoded in an unknown way, or there is no room.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", ""}:
        raise UnknownEncoding
    try:
        async with asyncio.timeout(limits.body_s):
            body = await _read(request, limits, hold)
    except (TimeoutError, ClientDisconnect):
        raise BodyTooSlow(limits.body_s) from None
    return _inflated(body, limits, hold) if encoding == "gzip" else body


async def _read(request: Request, limits: Limits, hold: Hold) -> bytes:
    """Read all of it. What is too large is read on and thrown away, so that the answer is seen."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.drained_bytes:
            break
        if size <= limits.body_bytes:
            hold.add(len(chunk))
            chunks.append(chunk)
        else:
            chunks.clear()
    if size > limits.body_bytes:
        raise BodyTooLarge.of_bytes(limits.body_bytes)
    return b"".join(chunks)


def _inflated(body: bytes, limits: Limits, hold: Hold) -> bytes:
    try:
        content = inflate(body, limits.body_bytes)
    except NotGzipError as error:
        raise NotReadable(f"The body is not one whole gzip stream: {error}.") from None
    except TooMuchInsideError:
        raise BodyTooLarge.of_bytes(limits.body_bytes) from None
    hold.add(len(content))
    return content
