"""Receives the body of a request, within bounds of size, time, rate and memory."""

import asyncio
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from services.platform.http.problems import (
    BodyTooLarge,
    BodyTooSlow,
    Busy,
    NotReadable,
    UnknownEncoding,
)

UNENCODED: Final = frozenset({"identity", ""})
"""The values of Content-Encoding that leave a body as it is."""
_GZIP: Final = 16 + zlib.MAX_WBITS
SMALL_BODY: Final = 64 * 1024
"""Bytes that a body may have, inflated, unless its route says more."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much time a body may take, and how much memory all bodies together."""

    body_s: float = 10.0
    """Seconds that a whole body may take to arrive."""
    under_way_bytes: int = 64 * 1024 * 1024
    """Of all requests that are being read or wait for Kafka."""
    signed_under_way_bytes: int = 16 * 1024 * 1024
    """Of requests without a key beside these, whose signature is checked once they are read."""


class MemoryBudget:
    """The memory for the bodies of all requests: at most `most` bytes at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def reserve(self) -> Iterator["Reservation"]:
        """Give a reservation, empty at first, for as long as the block lasts."""
        reservation = Reservation(self)
        try:
            yield reservation
        finally:
            self.taken -= reservation.size

    def take(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            Busy: fewer are left.
        """
        if self.taken + size > self._most:
            raise Busy
        self.taken += size


class Reservation:
    """The bytes of the memory budget that one request has taken."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self.size = 0

    def add(self, size: int) -> None:
        """Take so many bytes more.

        Raises:
            Busy: fewer are left.
        """
        self._budget.take(size)
        self.size += size


Charge = Callable[[int], None]
"""Counts bytes that arrive; raises a Problem if the sender may not send so many now."""


def has_body(headers: Headers) -> bool:
    """Whether a body follows the headers of a request (RFC 9112, 6.3)."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def received_body(
    headers: Headers,
    receive: Receive,
    *,
    most: int,
    body_s: float,
    memory: Reservation,
    charge: Charge,
) -> bytes:
    """Return the body, inflated if it is gzip.

    Args:
        headers: of the request.
        receive: of the request.
        most: bytes that the body may have, as sent and inflated.
        body_s: seconds that the whole body may take.
        memory: counts the bytes in memory.
        charge: counts the bytes that the sender sends.

    Raises:
        Problem: the body is too large, too slow, cut off or encoded in an unknown way, or the
            memory budget is used up.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in UNENCODED and encoding != "gzip":
        raise UnknownEncoding
    length = headers.get("content-length")
    if length is not None and int(length) > most:
        raise BodyTooLarge.of_bytes(most)
    try:
        async with asyncio.timeout(body_s):
            body = await _read(receive, most, memory, charge)
    except TimeoutError:
        body = None
    if body is None:
        raise BodyTooSlow(body_s)
    return _inflated(body, most, memory) if encoding == "gzip" else body


async def _read(receive: Receive, most: int, memory: Reservation, charge: Charge) -> bytes | None:
    """Read the whole body; None if its sender has gone."""
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
        memory.add(len(chunk))
        body += chunk
    return bytes(body)


def _inflated(body: bytes, most: int, memory: Reservation) -> bytes:
    try:
        content = inflate(body, most)
    except NotGzipError as error:
        raise NotReadable(f"The body is not one whole gzip stream: {error}.") from None
    except TooMuchInsideError:
        raise BodyTooLarge.of_bytes(most) from None
    memory.add(len(content))
    return content


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that has been received, and then goes on."""
    is_handed_out = False

    async def next_message() -> Message:
        nonlocal is_handed_out
        if is_handed_out:
            return await receive()
        is_handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


def no_body(receive: Receive) -> Receive:
    """Return a `receive` of an empty body, and then of the end of the connection.

    The server throws away a body that comes all the same.
    """
    return replayed(b"", receive)


class NotGzipError(ValueError):
    """The bytes are not exactly one whole gzip stream."""


class TooMuchInsideError(ValueError):
    """The stream holds more bytes than are accepted."""


def inflate(packed: bytes, most: int) -> bytes:
    """Inflate a gzip stream, so that a small body can't become a large one in memory.

    Raises:
        NotGzipError: the stream is broken, cut off, or something follows it.
        TooMuchInsideError: it holds more than `most` bytes; no more of it was inflated.
    """
    stream = zlib.decompressobj(_GZIP)
    try:
        content = stream.decompress(packed, most + 1)
    except zlib.error as error:
        raise NotGzipError(str(error)) from None
    if len(content) > most:
        raise TooMuchInsideError
    if not stream.eof:
        raise NotGzipError("it ends too early")
    if stream.unused_data:
        raise NotGzipError("something follows its end")
    return content
