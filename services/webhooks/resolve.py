"""Asks for the addresses of a name, so that a slow answer holds nobody else up."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from threading import Thread
from typing import Final

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a name and a port, gives addresses; raises OSError if there are none."""


class Resolver:
    """Asks the system, one question a name at a time: who asks meanwhile gets the same answer.

    Each question has a thread of its own, which nobody waits for at the end: the system gives up
    on a name after many seconds, and asyncio's few threads would all be taken by a few bad names.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses in the system's order.

        Raises:
            OSError: there are none.
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
    except (OSError, UnicodeError) as error:  # A name may have a form that no name can have.
        _tell(answer, OSError(str(error)))
    else:
        _tell(answer, [str(each[4][0]) for each in found])


def _tell(answer: "asyncio.Future[Sequence[str]]", what: Sequence[str] | OSError) -> None:
    loop: Final = answer.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_set, answer, what)


def _set(answer: "asyncio.Future[Sequence[str]]", what: Sequence[str] | OSError) -> None:
    if answer.done():
        return
    if isinstance(what, OSError):
        answer.set_exception(what)
        answer.exception()  # Whoever asked may have gone.
    else:
        answer.set_result(what)
