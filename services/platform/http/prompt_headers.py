"""HTTP as uvicorn has it, with bounds on what a connection may go on sending.

Uvicorn waits for the headers of a request for ever: a few thousand connections that send a byte now
and then would keep everybody else out. And it takes in the rest of a body for ever after it has
been answered. How long a body may take before is for whoever reads it.
"""

import asyncio
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S: Final = 10.0
LINGER_S: Final = 1.0
"""How long what still comes is thrown away after the answer (RFC 9112, 9.6): a connection that is
closed while something comes is reset, and the answer is lost."""
LINGER_BODY_S: Final = 5.0
"""The same for the rest of a body: a sender may see the answer only after it has sent all of it."""
LINGER_BODY_BYTES: Final = 8 * 1024 * 1024
"""So much of it is thrown away: who is cut off while sending sends it all again."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PromptHeaders(H11Protocol):
    """Closes a connection on which a request has begun, or should have, and does not go on.

    Once a request has been answered, it also closes one on which the request's body goes on.
    """

    timeout_s: ClassVar[float] = HEADERS_S
    linger_body_s: ClassVar[float] = LINGER_BODY_S
    linger_body_bytes: ClassVar[int] = LINGER_BODY_BYTES
    _deadline: asyncio.TimerHandle | None = None
    _has_given_up: bool = False
    _thrown_away: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        self._wire = transport
        super().connection_made(_Lingering(transport, self))  # type: ignore[arg-type]
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Go on waiting if the headers are not whole yet."""
        if self._has_given_up:
            self._throw_away(data)
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end()
        elif self.conn.trailing_data[0]:
            self._begin()

    def on_response_complete(self) -> None:
        """Take in no more of a body that nobody wants."""
        super().on_response_complete()
        if self.is_body_unfinished:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end()
        super().connection_lost(exc)

    @property
    def is_body_unfinished(self) -> bool:
        """Whether the body of the request goes on."""
        return bool(self.conn.their_state is h11.SEND_BODY)

    @property
    def has_given_up(self) -> bool:
        """Whether nothing that comes is looked at any more."""
        return self._has_given_up

    def linger(self, seconds: float) -> None:
        """Say that nothing more is sent, throw away what comes for so long, and close."""
        self._end()
        self._has_given_up = True
        if self._wire.can_write_eof():  # Not with TLS.
            self._wire.write_eof()
        self._wire.resume_reading()
        self._deadline = self.loop.call_later(seconds, self._wire.close)

    def shutdown(self) -> None:
        """Let go of the connection once its answer is over: the server is to stop."""
        if self._has_given_up:
            self._wire.close()
        else:
            super().shutdown()

    def _throw_away(self, data: bytes) -> None:
        self._thrown_away += len(data)
        if self._thrown_away > self.linger_body_bytes:
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
    """A transport that lingers where uvicorn closes it while the body of a request goes on."""

    def __init__(self, transport: asyncio.Transport, protocol: PromptHeaders) -> None:
        self._transport = transport
        self._protocol = protocol

    def close(self) -> None:
        """Close it, as soon as what was answered can be read."""
        if self._protocol.is_body_unfinished and not self.is_closing():
            self._protocol.linger(self._protocol.linger_body_s)
        elif not self._protocol.has_given_up:
            self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing may be written any more."""
        return self._protocol.has_given_up or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        """All the rest is the transport's own."""
        return getattr(self._transport, name)
