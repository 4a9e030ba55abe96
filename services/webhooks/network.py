"""Connects to addresses that have been looked at, and to no other."""

import ssl
from collections.abc import Iterable, Sequence
from typing import Any, Final

import httpcore

from services.webhooks.addresses import is_public
from services.webhooks.resolve import Resolve


class PrivateAddressError(Exception):
    """The name leads to an address that webhooks may not go to."""


class UnresolvedError(Exception):
    """The name leads nowhere."""


async def allowed_addresses(
    resolve: Resolve, host: str, port: int, *, private: bool
) -> Sequence[str]:
    """Return the addresses of a host. One private address among them is one too many.

    Raises:
        UnresolvedError: it has none.
        PrivateAddressError: not all of them are public, and `private` is not allowed.
    """
    try:
        found = await resolve(host, port)
    except OSError:
        raise UnresolvedError from None
    if not found:
        raise UnresolvedError
    if not private and not all(map(is_public, found)):
        raise PrivateAddressError
    return found


class _Connected(httpcore.AsyncNetworkStream):
    """A connection that is closed if its handshake is cancelled: httpcore would leave it open."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name itself for each connection, and connects to what it has looked at.

    So nobody can answer with a public address first and with a private one when it counts.
    """

    def __init__(self, resolve: Resolve, *, private: bool) -> None:
        self._resolve: Final = resolve
        self._private: Final = private
        self._tcp: Final = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of its addresses that answers.

        Raises:
            UnresolvedError: it has none.
            PrivateAddressError: webhooks may not go there.
            ConnectError: none of them answers.
        """
        addresses = await allowed_addresses(self._resolve, host, port, private=self._private)
        for address in addresses[:-1]:
            try:
                stream = await self._tcp.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
            return _Connected(stream)
        last = await self._tcp.connect_tcp(
            addresses[-1], port, timeout, local_address, socket_options
        )
        return _Connected(last)
