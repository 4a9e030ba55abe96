"""A client of server-sent events, by the HTML standard."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from tests.waits import LONGEST_WAIT_S


class Event(NamedTuple):
    """One event. `id` is the last one that was sent, if this one has none."""

    name: str
    data: Any
    id: str


class Events:
    """The events of an answer, and what came beside them."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()
        self.last_id = ""
        self.retry_ms = 0
        self.comments: list[str] = []

    async def opened(self) -> None:
        """Wait for the first frame: what comes from then on is missed by nobody."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            while line := await anext(self._lines):
                self._read(line, {})

    async def next(self) -> Event:
        """Wait for the next event; raises StopAsyncIteration at the end."""
        async with asyncio.timeout(LONGEST_WAIT_S):
            fields: dict[str, str] = {}
            while True:
                line = await anext(self._lines)
                if line == "" and "data" in fields:
                    name = fields.get("event", "message")
                    return Event(name, json.loads(fields["data"]), self.last_id)
                self._read(line, fields)

    def _read(self, line: str, fields: dict[str, str]) -> None:
        name, _, rest = line.partition(":")
        value = rest.removeprefix(" ")
        if name == "id":
            self.last_id = value
        elif name == "retry":
            self.retry_ms = int(value)
        elif name == "" and line:
            self.comments.append(value)
        elif name:
            fields[name] = value

    async def take(self, count: int) -> list[Event]:
        """Wait for so many events."""
        return [await self.next() for _ in range(count)]

    async def first(self) -> list[Event]:
        """Wait for the next event, or for the end."""
        try:
            return [await self.next()]
        except StopAsyncIteration:
            return []

    async def rest(self) -> list[Event]:
        """Wait for all events until the answer ends."""
        found: list[Event] = []
        while some := await self.first():
            found += some
        return found


@asynccontextmanager
async def listening(
    api: httpx.AsyncClient, path: str, last_id: str | None = None, **params: str
) -> AsyncIterator[Events]:
    """Listen to a stream."""
    headers: Mapping[str, str] = {} if last_id is None else {"Last-Event-ID": last_id}
    async with api.stream("GET", path, params=params, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer)


async def listeners(api: httpx.AsyncClient, stream: str) -> int:
    """How many listen now, by the metrics."""
    lines = (await api.get("/metrics")).text.splitlines()
    name = f'stammkunde_stream_listeners{{stream="{stream}"}} '
    found = [line.removeprefix(name) for line in lines if line.startswith(name)]
    return int(float(found[0])) if found else 0


async def joined(api: httpx.AsyncClient, count: int) -> bool:
    """Whether so many listen to the triggers."""
    return await listeners(api, "triggers") == count
