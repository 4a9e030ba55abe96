"""Trials over HTTP, asked for as a client does."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, Final

import httpx

from tests.schemas.policies import TEXT
from tests.topology.domain.messages import Json, day, order
from tests.waits import LONGEST_WAIT_S

PATH: Final = "/v1/policy/trials"
NEWER: Final = TEXT.replace("younger_than: 60 days", "younger_than: 45 days")


def orders() -> list[Json]:
    """Orders of a few customers. All tests send the same: it does not matter how often."""
    return [
        order(day(10 * number), f"trial-{number}", 30, f"t-{number % 3}") for number in range(6)
    ]


async def send(api: httpx.AsyncClient, messages: Iterable[Json]) -> None:
    """Send events over HTTP, again and again as long as a Kafka that has just begun refuses."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        for each in messages:
            while (await api.post("/v1/events/shop", json=each)).status_code != 200:
                await asyncio.sleep(0.2)


async def start(api: httpx.AsyncClient, **others: Any) -> Json:
    """Start a trial, and return it."""
    answer = await api.post(PATH, json={"new": NEWER, **others})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['trial_id']}"
    found: Json = answer.json()
    return found


async def ended(api: httpx.AsyncClient, trial_id: str) -> Json:
    """Wait until a trial does not run any more, and return it."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            found: Json = (await api.get(f"{PATH}/{trial_id}")).json()
            if found["state"] != "running":
                return found
            await asyncio.sleep(0.1)


async def progress(api: httpx.AsyncClient, trial_id: str) -> list[Json]:
    """Listen to a trial to its end, and return what it reports."""
    async with api.stream("GET", f"{PATH}/{trial_id}/progress") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [
            json.loads(line.removeprefix("data: "))
            async for line in answer.aiter_lines()
            if line.startswith("data: ")
        ]
