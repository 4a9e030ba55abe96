"""Resolves the host of a URL, and connects only to addresses that were checked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from threading import Thread
from typing import Any, Final

import httpcore

from services.webhooks.addresses import is_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a host and a port and returns addresses. Raises OSError if there are none."""


class Resolver:
    """Asks the system's resolver, one question at a time for each host; callers share the answer.

    Each question has a thread of its own, and the process exits without waiting for it. The system
    gives up on a name after many seconds, so a few bad names would occupy all threads of asyncio.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses in the system's order.

        Raises:
            OSError: the host has no address.
        """
        key = (host, port)
        if key not in self._asked:
            self._asked[key] = answer = asyncio.get_running_loop().create_future()
            answer.add_done_callback(lambda _: self._asked.pop(key))
            Thread(target=_ask, args=(host, port, answer), daemon=True, name="resolve").start()
        return await asyncio.shield(self._asked[key])


def _ask(host: str, port: int, answer: "asyncio.Future[Sequence[str]]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: no host can have such a name.
        _answer(answer, OSError(str(error)))
    else:
        _answer(answer, [str(each[4][0]) for each in found])


def _answer(
    answer: "asyncio.Future[Sequence[str]]", found_or_error: Sequence[str] | OSError
) -> None:
    loop: Final = answer.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_set_result, answer, found_or_error)


def _set_result(
    answer: "asyncio.Future[Sequence[str]]", found_or_error: Sequence[str] | OSError
) -> None:
    if answer.done():
        return
    if isinstance(found_or_error, OSError):
        answer.set_exception(found_or_error)
        answer.exception()  # Marks it as seen: the caller may have been cancelled.
    else:
        answer.set_result(found_or_error)


class PrivateAddressError(Exception):
    """The host has an address that webhooks may not be sent to."""


class UnresolvedError(Exception):
    """The host has no address."""


async def allowed_addresses(
    resolve: Resolve, host: str, port: int, *, private: bool
) -> Sequence[str]:
    """Return the addresses of a host. All of them must be public, unless `private` is true.

    Raises:
        UnresolvedError: the host has no address.
        PrivateAddressError: one of the addresses is private, and `private` is false.
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


class _ConnectedStream(httpcore.AsyncNetworkStream):
    """A connection that closes if its TLS handshake is cancelled: httpcore would leave it open."""

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
    """Resolves the host itself for each connection, and connects to an address that it checked.

    So no name server can pass the check with a public address and then return a private one.
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
        """Connect to the first address of the host that answers.

        Raises:
            UnresolvedError: the host has no address.
            PrivateAddressError: webhooks may not be sent there.
            ConnectError: none of the addresses answers.
        """
        addresses = await allowed_addresses(self._resolve, host, port, private=self._private)
        for address in addresses[:-1]:
            try:
                stream = await self._tcp.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
            return _ConnectedStream(stream)
        last = await self._tcp.connect_tcp(
            addresses[-1], port, timeout, local_address, socket_options
        )
        return _ConnectedStream(last)
