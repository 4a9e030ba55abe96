"""The clock of real workers: it overtakes no event, and believes no tick that can't be true."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas import topics
from tests.conftest import held
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, headers_of, values_in
from tests.topology.batching.kafka import Log, Sent, send
from tests.topology.batching.sandbox import clocks_in
from tests.topology.domain.messages import Json, order, track
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS

pytestmark = [pytest.mark.e2e]

PARTITIONS = 4
APP = "clocked"
ROUTER = RecordRouter(PARTITIONS, DEFAULTS)
CUSTOMERS = [f"customer-{n}" for n in range(10)]
LIES = (b'{"now": "9999-12-31T23:59:59Z"}', b"noon", b'{"then": "2026-01-01T00:00:00Z"}')


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, APP, PARTITIONS)) as address:
        yield address


def home(profile: str) -> int:
    return ROUTER.home(profile.encode())


def elsewhere(profile: str) -> int:
    """Where a producer with another partitioner puts it."""
    return (home(profile) + 1) % PARTITIONS


def sent(message: Json, partition: int) -> Sent:
    return Sent(topics.SHOP_EVENTS, partition, b"any", json.dumps(message).encode())


def ticks(*texts: bytes) -> list[Sent]:
    """Each for all partitions."""
    return [
        Sent(topics.CLOCK, number, None, text) for text in texts for number in range(PARTITIONS)
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tick(now: datetime) -> bytes:
    return json.dumps({"now": now.isoformat()}).encode()


def page_views(number: int, when: datetime) -> list[Sent]:
    """Page views of visitors, spread over all partitions and all in the right ones."""
    visitors = [f"visitor-{n}" for n in range(40)]
    return [
        sent(track("Page Viewed", when, f"v-{n}", profile), home(profile))
        for n in range(number)
        for profile in [visitors[n % len(visitors)]]
    ]


def segments(log: Log) -> dict[str, list[str]]:
    """Each customer's segments, one after the other."""
    found: dict[str, list[str]] = {name: [] for name in CUSTOMERS}
    for one in values_in(log):
        if one["dimension"] == "segment" and one["customer_id"] in found:
            found[one["customer_id"]].append(one["to"])
    return found


async def test_ticks_overtake_no_order_in_a_wrong_partition_and_lies_are_dead_letters(
    kafka: str, tmp_path: Path
) -> None:
    """The second order stands behind 20,000 page views when the worker starts, as do the ticks."""
    ordered, again = at("2025-09-30T12:00"), at("2025-10-20T12:00")
    end = at("2026-01-08T12:00:01")
    first = [sent(order(ordered, f"{name}-1", profile=name), home(name)) for name in CUSTOMERS]
    last = [sent(order(again, f"{name}-2", profile=name), elsewhere(name)) for name in CUSTOMERS]
    async with (
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
        Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
    ):
        await send(kafka, first)
        settings = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_CLOCK": "topic"}
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await send(kafka, ticks(tick(at("2025-10-01T12:00"))))
            await transitions.until(lambda log: all(segments(log).values()), "first orders taken")
            await worker.terminate()
        await send(kafka, page_views(20_000, again))
        await send(kafka, last)
        await send(kafka, ticks(tick(at("2026-01-08T12:00")), *LIES, tick(end), LIES[0]))
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await transitions.until(
                lambda log: all(each[-1] == "about_to_sleep" for each in segments(log).values()),
                "the last tick",
            )
            await letters.until(lambda log: len(log.records) >= 16, "dead letters of the ticks")
            await worker.terminate()
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await worker.until_ready(PARTITIONS)
            await send(kafka, ticks(tick(end + timedelta(seconds=1)), LIES[1]))
            await letters.until(lambda log: len(log.records) >= 20, "and of the last one")
            await worker.terminate()
        await transitions.to_last_end()
        await letters.to_last_end()
    assert segments(transitions) == {
        name: ["new", "potential_loyalist", "about_to_sleep"] for name in CUSTOMERS
    }
    places = Counter(
        (one["source-topic"], one["source-partition"], one["source-offset"], one["reason"])
        for one in map(headers_of, letters.records)
    )
    assert places == Counter(
        (topics.CLOCK, str(number), str(offset), reason)
        for number in range(PARTITIONS)
        for offset, reason in (
            (2, "time_in_future"),
            (3, "not_json"),
            (4, "invalid_field"),
            (6, "time_in_future"),
            (8, "not_json"),
        )
    )


async def test_the_machine_s_clock_overtakes_no_order_in_a_wrong_partition(
    kafka: str, tmp_path: Path
) -> None:
    """Nobody falls half an hour ago who has ordered an hour ago, wherever that order stands."""
    now = datetime.now(UTC)
    threshold = timedelta(days=30)
    falls = now - timedelta(minutes=30)
    first = [
        sent(order(falls - threshold, f"{name}-first", profile=name), home(name))
        for name in CUSTOMERS
    ]
    ordered = now - timedelta(hours=1)
    last = [
        sent(order(ordered, f"{name}-last", profile=name), elsewhere(name)) for name in CUSTOMERS
    ]
    await send(kafka, first)
    await send(kafka, page_views(20_000, ordered))
    await send(kafka, last)
    async with (
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
        Log.open(kafka, topics.changelog(APP), PARTITIONS) as changelog,
    ):
        with WorkerProcess.started(kafka, tmp_path, "one", STAMMKUNDE_APP_ID=APP) as worker:
            await changelog.until(lambda log: len(clocks_in(log)) == PARTITIONS, "an instant")
            await worker.terminate()
        await transitions.to_last_end()
    assert segments(transitions) == {name: ["new", "potential_loyalist"] for name in CUSTOMERS}
