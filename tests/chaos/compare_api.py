"""What the API answers, against the oracle, once the projector has caught up."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Final

import httpx

from tests.chaos.difference import differences
from tests.chaos.lives import Lives
from tests.chaos.load import Load
from tests.chaos.outcome import Outcome
from tests.chaos.subscriber import Subscriber
from tests.chaos.world import World
from tests.oracle import DIMENSIONS, Verdict

TIMEOUT_S: Final = 60
AGAIN_AFTER_S: Final = 0.25
NOT_FOUND: Final = 404
SAMPLE: Final = 40
"""So many customers are asked for one by one."""

Json = dict[str, Any]


async def compare_api(
    world: World, verdict: Verdict, lives: Lives, subscriber: Subscriber
) -> list[str]:
    """A line for each difference that is still there when the projector had time to catch up."""
    deadline = time.monotonic() + TIMEOUT_S
    async with httpx.AsyncClient(base_url=await world.api_url(), timeout=30) as api:
        while True:
            found = await _compared(api, verdict, lives, subscriber)
            if not found or time.monotonic() > deadline:
                return [f"API: {line}" for line in found]
            await asyncio.sleep(AGAIN_AFTER_S)


async def _compared(
    api: httpx.AsyncClient, verdict: Verdict, lives: Lives, subscriber: Subscriber
) -> list[str]:
    load, outcome = lives.load, lives.outcome
    try:
        return [
            *await _segments(api, load, verdict),
            *await _customers(api, load, verdict, outcome),
            *await _triggers(api, lives, subscriber),
            *await _erasures(api, lives),
            *await _one_by_one(api, load, verdict),
            *await _by_all_names(api, load, verdict, outcome),
        ]
    except httpx.HTTPStatusError as error:
        return [f"{error.response.status_code} {error.response.text}"]


async def _get(api: httpx.AsyncClient, path: str, **params: str | int) -> Json:
    answer: Json = (await api.get(path, params=params)).raise_for_status().json()
    return answer


async def _segments(api: httpx.AsyncClient, load: Load, verdict: Verdict) -> list[str]:
    """The counts of all dimensions."""
    found = await _get(api, "/v1/segments")
    counts = [
        line
        for dimension in DIMENSIONS
        for line in differences(
            f"counts of {dimension}",
            _counted(found[dimension]),
            verdict.counts(dimension).items(),
        )
    ]
    as_of = datetime.fromisoformat(found["as_of"])
    return [
        *counts,
        *differences("customers counted", [found["customers"]], [len(load.events)]),
        *differences("as_of", [as_of], [load.until]),
    ]


def _counted(counts: Json) -> Iterator[tuple[str, int]]:
    return ((name, count) for name, count in counts.items() if count)


async def _customers(
    api: httpx.AsyncClient, load: Load, verdict: Verdict, outcome: Outcome
) -> list[str]:
    """All of them, from the list."""
    numbers = {row.customer_id: row.sequence for row in outcome.rows}
    found = [
        (
            each["customer_id"],
            *(each[dimension] for dimension in DIMENSIONS),
            each["transitions"],
            each["activity"]["events"],
        )
        async for each in _pages(api, "/v1/customers", "cursor")
    ]
    expected = [
        (
            name,
            *(one.dimensions[dimension] for dimension in DIMENSIONS),
            numbers.get(name) if name in load.uncertain else len(one.transitions),
            load.events[name],
        )
        for name, one in verdict.customers.items()
    ]
    return differences("customers", found, expected)


async def _triggers(api: httpx.AsyncClient, lives: Lives, subscriber: Subscriber) -> list[str]:
    """All pages, and what a subscriber got who listened all the time: those of the topic.

    A trigger of somebody who was erased afterwards may have come in time, or not.
    """
    found = [each async for each in _pages(api, "/v1/triggers", "after")]
    got = Counter(subscriber.ids)
    over = Counter(lives.ids_that_are_over)
    due = Counter(each["trigger_id"] for each in found)
    in_time = (got - due) & over
    return [
        *differences("triggers", map(_trigger, found), map(_trigger, lives.outcome.triggers)),
        *differences("subscriber", (got - in_time).elements(), due.elements()),
    ]


async def _erasures(api: httpx.AsyncClient, lives: Lives) -> list[str]:
    """Some erasures, which are done, and those who never came back."""
    lines: list[str] = []
    for name in sorted(lives.erased_at)[:SAMPLE]:
        erasure = await _get(api, f"/v1/erasures/era-{name}")
        lines += differences(f"erasure of {name}", [erasure["status"]], ["done"])
        if name not in lives.load.events:
            answer = await api.get(f"/v1/customers/{name}")
            lines += differences(f"status of {name}", [answer.status_code], [NOT_FOUND])
    return lines


def _trigger(each: Json) -> tuple[str, str, str, datetime]:
    return each["trigger_id"], each["customer_id"], each["rule"], _effective_at(each)


async def _one_by_one(api: httpx.AsyncClient, load: Load, verdict: Verdict) -> list[str]:
    """Some customers with their histories, evenly chosen."""
    alone = sorted(load.events.keys() - load.uncertain)
    names = alone[:: max(1, len(alone) // SAMPLE)]
    lines: list[str] = []
    for name in names:
        path = f"/v1/customers/{name}"
        customer = await _get(api, path)
        moves = [each async for each in _pages(api, f"{path}/transitions", "cursor")]
        fired = [each async for each in _pages(api, f"{path}/triggers", "cursor")]
        one = verdict.customers[name]
        lines += [
            *differences(name, _dimensions(customer), one.dimensions.items()),
            *differences(
                f"{name} transitions",
                (
                    (
                        each["sequence"],
                        each["dimension"],
                        each["from"],
                        each["to"],
                        _effective_at(each),
                    )
                    for each in moves
                ),
                (
                    (each.sequence, each.dimension, each.before, each.after, each.at)
                    for each in one.transitions
                ),
            ),
            *differences(
                f"{name} triggers",
                ((each["rule"], _effective_at(each)) for each in fired),
                ((each.rule, each.at) for each in one.triggers if each.sent),
            ),
        ]
    return lines


async def _by_all_names(
    api: httpx.AsyncClient, load: Load, verdict: Verdict, outcome: Outcome
) -> list[str]:
    """Some people of several names, who are the same by each of them."""
    lines: list[str] = []
    for called in sorted(load.joined)[:SAMPLE]:
        names = load.joined[called].names
        moves = [_move(each) for each in outcome.transitions if each["customer_id"] in names]
        fired = [_trigger(each) for each in outcome.triggers if each["customer_id"] in names]
        for name in sorted(names):
            path = f"/v1/customers/{name}"
            customer = await _get(api, path)
            listed = [_move(each) async for each in _pages(api, f"{path}/transitions", "cursor")]
            acts = [_trigger(each) async for each in _pages(api, f"{path}/triggers", "cursor")]
            lines += [
                *differences(f"{name} is called", [customer["customer_id"]], [called]),
                *differences(
                    name, _dimensions(customer), verdict.customers[called].dimensions.items()
                ),
                *differences(f"{name} transitions", listed, moves),
                *differences(f"{name} triggers", acts, fired),
            ]
    return lines


def _move(each: Json) -> tuple[str, int, str, str, str, datetime]:
    return (
        each["customer_id"],
        each["sequence"],
        each["dimension"],
        each["from"],
        each["to"],
        _effective_at(each),
    )


def _dimensions(customer: Json) -> Iterator[tuple[str, str]]:
    return ((dimension, customer[dimension]) for dimension in DIMENSIONS)


def _effective_at(each: Json) -> datetime:
    return datetime.fromisoformat(each["effective_at"])


async def _pages(api: httpx.AsyncClient, path: str, cursor: str) -> AsyncIterator[Json]:
    """Every item of a list."""
    params: dict[str, str | int] = {"limit": 1000}
    while True:
        page = await _get(api, path, **params)
        for item in page["items"]:
            yield item
        if not page["items"] or page["next"] is None:
            return
        params[cursor] = page["next"]
