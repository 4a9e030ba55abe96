"""Many listeners to the trigger stream, in a process of their own: `URL COUNT TOTAL FOLDER`.

Writes `ready` into the folder once all listen, and `received.json` once each has received so many
triggers or time is over. A trigger's id begins with the time at which it was meant to be written,
in nanoseconds.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.reporting.figures import percentile

_ID: Final = re.compile(rb'"trigger_id":"(\d{19})-')
_OVERLAP: Final = 40
"""More than an id is long: one may be cut in two."""
_AT_ONCE: Final = 50
"""Connections that are opened at the same time."""
TIMEOUT_S: Final = 60.0


class Listener(asyncio.Protocol):
    """One connection: notes how long after its time each trigger came, in milliseconds."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._rest = b""
        self.opened = asyncio.Event()
        self.taken_ms: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        request = f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        transport.write(request.encode())

    def data_received(self, data: bytes) -> None:
        """Note the triggers in a piece of the answer."""
        now = time.time_ns()
        if not self._rest and not data.startswith(b"HTTP/1.1 200"):
            sys.exit(f"refused: {data!r}")
        if not self.opened.is_set() and b"retry:" in data:
            self.opened.set()
        text, end = self._rest + data, 0
        for found in _ID.finditer(text):
            self.taken_ms.append((now - int(found[1])) / 1e6)
            end = found.end()
        self._rest = text[max(end, len(text) - _OVERLAP) :]


async def listen(url: str, count: int, total: int, folder: Path) -> None:
    """Listen until all has been received."""
    address = urlsplit(url)
    loop, listeners = asyncio.get_running_loop(), []
    for start in range(0, count, _AT_ONCE):
        some = await asyncio.gather(
            *(
                loop.create_connection(
                    lambda: Listener(f"{address.path}?{address.query}"),
                    address.hostname or "",
                    address.port or 0,
                )
                for _ in range(min(_AT_ONCE, count - start))
            )
        )
        listeners += [listener for _, listener in some]
        async with asyncio.timeout(TIMEOUT_S):
            await asyncio.gather(*(listener.opened.wait() for _, listener in some))
    (folder / "ready").touch()
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until and any(len(each.taken_ms) < total for each in listeners):
        await asyncio.sleep(0.05)
    taken = [each for listener in listeners for each in listener.taken_ms]
    received = {
        "deliveries": len(taken),
        "missing": count * total - len(taken),
        "p50_ms": round(percentile(taken, 0.5), 1),
        "p99_ms": round(percentile(taken, 0.99), 1),
        "max_ms": round(max(taken), 1),
    }
    (folder / "received.part").write_text(json.dumps(received), encoding="utf-8")
    (folder / "received.part").rename(folder / "received.json")


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
