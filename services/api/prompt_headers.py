"""HTTP as uvicorn has it, with a bound on how long the headers of a request may take.

Uvicorn waits for them for ever: a few thousand connections that send a byte now and then would
keep everybody else out. How long a body may take is for whoever reads it.
"""

import asyncio
from typing import ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S: Final = 10.0
LINGER_S: Final = 1.0
"""How long what still comes is thrown away after the answer (RFC 9112, 9.6): a connection that is
closed while something comes is reset, and the answer is lost."""

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PromptHeaders(H11Protocol):
    """Closes a connection on which a request has begun, or should have, and does not go on."""

    patience_s: ClassVar[float] = HEADERS_S
    _deadline: asyncio.TimerHandle | None = None
    _has_given_up: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Go on waiting if the headers are not whole yet."""
        if self._has_given_up:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end()
        elif self.conn.trailing_data[0]:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.patience_s, self._give_up)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if self.transport.is_closing():
            return
        self._has_given_up = True
        self.transport.write(_TOO_SLOW)
        if self.transport.can_write_eof():  # Not with TLS.
            self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_S, self.transport.close)
