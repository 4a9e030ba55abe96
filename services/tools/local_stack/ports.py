"""Chooses TCP ports on 127.0.0.1: checks given ones, finds free ones and remembers them.

Free ports come from below the range that Linux uses for outgoing connections. In that range, a
client that keeps reconnecting to a stopped server could get the server's own port as its source
port. It would connect to itself, and the server could not start again.
"""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from services.tools.local_stack.errors import PortTakenError

HOST = "127.0.0.1"
FREE_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Find a port on which no program listens."""
    candidates = random.sample(FREE_RANGE, k=len(FREE_RANGE))
    return next(port for port in candidates if is_free(port))


def choose(server: str, fixed: Mapping[str, int | None], memory: Path) -> dict[str, int]:
    """Choose a port for each name in `fixed`, and store it in the file `memory`.

    A given port is used, or refused if it is taken. Else the stored port is used if it is free,
    else any free port.

    Raises:
        PortTakenError: a given port is taken.
    """
    remembered = _remembered(memory)
    chosen: dict[str, int] = {}
    for name, port in fixed.items():
        if port is not None and not is_free(port):
            raise PortTakenError(server, port)
        wanted = port or remembered.get(name)
        chosen[name] = wanted if wanted is not None and is_free(wanted) else free_port()
    memory.write_text(json.dumps(chosen))
    return chosen


def _remembered(memory: Path) -> dict[str, int]:
    try:
        content = json.loads(memory.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: port for name, port in content.items() if port in FREE_RANGE}
