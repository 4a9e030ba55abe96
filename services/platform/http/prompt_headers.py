"""Uvicorn's HTTP protocol, with time limits for headers, and for a body after its answer.

Uvicorn waits for the headers of a request for ever: a few thousand connections that send a byte now
and then would keep all other clients out. It also receives the rest of a body for ever after the
answer. `request_body` limits the time of a body before the answer.
"""

import asyncio
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S: Final = 10.0
LINGER_S: Final = 1.0
"""How long the server receives and drops bytes after its answer (RFC 9112, 9.6). Closing at once
would reset the connection, and the client might lose the answer."""
LINGER_BODY_S: Final = 5.0
"""The same for the rest of a body: a client may read the answer only after sending all of it."""
LINGER_BODY_BYTES: Final = 8 * 1024 * 1024
"""The bytes of it that the server drops: a client that is cut off would send all again."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PromptHeaders(H11Protocol):
    """Closes a connection whose request does not begin, or stops within its headers.

    After an answer it also closes a connection on which the request's body goes on.
    """

    timeout_s: ClassVar[float] = HEADERS_S
    linger_body_s: ClassVar[float] = LINGER_BODY_S
    linger_body_bytes: ClassVar[int] = LINGER_BODY_BYTES
    _deadline: asyncio.TimerHandle | None = None
    _has_given_up: bool = False
    _dropped: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first request."""
        self._wire = transport
        super().connection_made(_Lingering(transport, self))  # type: ignore[arg-type]
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Stop the timer once the headers are complete."""
        if self._has_given_up:
            self._drop(data)
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end()
        elif self.conn.trailing_data[0]:
            self._begin()

    def on_response_complete(self) -> None:
        """Close the connection if the request's body goes on."""
        super().on_response_complete()
        if self.is_body_unfinished:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._end()
        super().connection_lost(exc)

    @property
    def is_body_unfinished(self) -> bool:
        """Whether the body of the request goes on."""
        return bool(self.conn.their_state is h11.SEND_BODY)

    @property
    def has_given_up(self) -> bool:
        """Whether the server drops all that still comes."""
        return self._has_given_up

    def linger(self, seconds: float) -> None:
        """End our side of the connection, drop what comes for so long, then close."""
        self._end()
        self._has_given_up = True
        if self._wire.can_write_eof():  # Not with TLS.
            self._wire.write_eof()
        self._wire.resume_reading()
        self._deadline = self.loop.call_later(seconds, self._wire.close)

    def shutdown(self) -> None:
        """Close the connection after its answer, since the server stops."""
        if self._has_given_up:
            self._wire.close()
        else:
            super().shutdown()

    def _drop(self, data: bytes) -> None:
        self._dropped += len(data)
        if self._dropped > self.linger_body_bytes:
            self._wire.abort()

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.timeout_s, self._give_up)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(_TOO_SLOW)
        self.linger(LINGER_S)


class _Lingering:
    """A transport that lingers if uvicorn closes it within the body of a request."""

    def __init__(self, transport: asyncio.Transport, protocol: PromptHeaders) -> None:
        self._transport = transport
        self._protocol = protocol

    def close(self) -> None:
        """Close the connection, after lingering if a body goes on."""
        if self._protocol.is_body_unfinished and not self.is_closing():
            self._protocol.linger(self._protocol.linger_body_s)
        elif not self._protocol.has_given_up:
            self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection takes no more bytes to send."""
        return self._protocol.has_given_up or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        """Pass all else on to the transport."""
        return getattr(self._transport, name)
