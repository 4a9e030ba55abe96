"""Endpoints that take webhooks at once, in a process of their own: `ENDPOINTS TOTAL FOLDER`.

Writes `ports.json` into the folder once all listen, and `got.json` once they have taken so many
triggers together, or time is over. Signatures are not looked at: that would be measured as well.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TIMEOUT_S: Final = 120.0
_ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CUSTOMER: Final = re.compile(rb'"customer_id": ?"([^"]+)"')
_NUMBER: Final = re.compile(rb'"attempt": ?(\d+)')


@dataclass
class Tally:
    """What one endpoint got. The triggers of each customer are numbered, from 1."""

    taken: int = 0
    repeated: int = 0
    out_of_order: int = 0
    """Came before one that is older."""
    _last: dict[bytes, int] = field(default_factory=dict)

    def take(self, body: bytes) -> None:
        """Count a webhook."""
        customer, number = _CUSTOMER.search(body), _NUMBER.search(body)
        assert customer is not None, body
        assert number is not None, body
        last, this = self._last.get(customer[1], 0), int(number[1])
        if this <= last:
            self.repeated += 1
            return
        self.out_of_order += this > last + 1
        self.taken += 1
        self._last[customer[1]] = this


class Endpoint(asyncio.Protocol):
    """One connection."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready to answer."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a webhook once it is whole."""
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(rest) < int(length[1]):
            return
        assert self._transport is not None
        self._transport.write(_ANSWER)
        self._received = b""
        self._tally.take(rest)


async def receive(endpoints: int, total: int, folder: Path) -> None:
    """Take webhooks until there are so many."""
    loop = asyncio.get_running_loop()
    tallies = [Tally() for _ in range(endpoints)]
    ports = []
    for tally in tallies:
        server = await loop.create_server(
            lambda tally=tally: Endpoint(tally),  # type: ignore[misc] # bound by its default
            "127.0.0.1",
            0,
            backlog=1_000,
        )
        ports.append(server.sockets[0].getsockname()[1])
    _write(folder / "ports.json", ports)
    until = time.monotonic() + TIMEOUT_S
    while time.monotonic() < until and sum(each.taken for each in tallies) < total:
        await asyncio.sleep(0.02)
    _write(folder / "got.json", _report(tallies))
    await asyncio.Event().wait()  # What is repeated finds somebody here until it is ended.


def _report(tallies: list[Tally]) -> dict[str, int]:
    return {
        "taken": sum(each.taken for each in tallies),
        "repeated": sum(each.repeated for each in tallies),
        "out_of_order": sum(each.out_of_order for each in tallies),
    }


def _write(file: Path, content: object) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.rename(file)


if __name__ == "__main__":
    asyncio.run(receive(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
