"""A shop that is sent by Kafka's partitioner and by librdkafka's: not a transition differs.

While it flows, one of two workers stands still for longer than its session lasts.
"""

import asyncio
import json
import random
import signal
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer

from schemas import topics
from schemas.clock import ClockTick
from tests.e2e.log import read_json, wait_for_clock
from tests.services.worker.around import emptied, running_kafka
from tests.services.worker.process import WorkerProcess
from tests.topology.batching.kafka import eventually, producing
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.domain.history.instant import from_datetime

pytestmark = [pytest.mark.e2e]

APP = "partitioned"
PARTITIONS: Final = 4
CUSTOMERS: Final = 400
BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)
DAYS: Final = 400
A_TICK: Final = timedelta(days=10)
_HOMES = RecordRouter(PARTITIONS, DEFAULTS)

Json = dict[str, Any]
Partitioner = Callable[[bytes], int]


def murmur2(key: bytes) -> int:
    """Kafka's own."""
    return _HOMES.home(key)


def consistent_random(key: bytes) -> int:
    """The default of librdkafka, and of all that is built on it."""
    return zlib.crc32(key) % PARTITIONS


def shop(customers: int) -> Iterator[Json]:
    """What many customers do, in order of time: some often, some until they stay away."""
    chance = random.Random("a shop")
    events: list[tuple[datetime, str, str]] = []
    for number in range(customers):
        name, day = f"c-{number}", chance.uniform(0, DAYS / 2)
        pause = chance.choice((4, 15, 40, 90))
        for _ in range(chance.randrange(1, 12)):
            event = chance.choice(("Order Completed", "Order Completed", "Product Viewed"))
            events.append((BEGIN + timedelta(days=day), name, event))
            day += chance.expovariate(1 / pause)
    for number, (at, name, event) in enumerate(sorted(events)):
        if at < BEGIN + timedelta(days=DAYS):
            properties = {"order_id": f"o-{number}", "total": number % 97 + 0.5}
            yield {
                "type": "track",
                "event": event,
                "messageId": f"m-{number}",
                "userId": name,
                "timestamp": at.isoformat(),
                "properties": properties if event == "Order Completed" else {"product_id": "p"},
            }


async def send(kafka: str, messages: Iterator[Json], partitioner: Partitioner) -> datetime:
    """Send all of it, and a tick after each ten days once what came before is acknowledged."""
    end = BEGIN + A_TICK
    async with producing(kafka) as producer:
        for each in messages:
            while datetime.fromisoformat(each["timestamp"]) > end:
                await tick(producer, end)
                end += A_TICK
            key, value = str(each["userId"]).encode(), json.dumps(each).encode()
            await producer.send(topics.SHOP_EVENTS, value, key=key, partition=partitioner(key))
        while end <= BEGIN + timedelta(days=DAYS):
            end += A_TICK
        await tick(producer, end)
    return end


async def tick(producer: AIOKafkaProducer, now: datetime) -> None:
    await producer.flush()
    value = ClockTick(now=now).model_dump_json().encode()
    for number in range(PARTITIONS):
        await producer.send(topics.CLOCK, value, partition=number)
    await producer.flush()


async def outcome_of(
    address: str, folder: Path, partitioner: Partitioner, customers: int
) -> list[Json]:
    """What two workers make of the shop while one of them stands still."""
    settings = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_CLOCK": "topic"}
    async with emptied(address, APP, PARTITIONS) as kafka:
        with (
            WorkerProcess.started(kafka, folder, "one", **settings) as one,
            WorkerProcess.started(kafka, folder, "two", **settings) as two,
        ):
            await eventually(
                lambda: (
                    one.output.count("partition ready") > 0 < two.output.count("partition ready")
                ),
                "both have partitions",
            )
            two.process.send_signal(signal.SIGSTOP)
            sending = asyncio.create_task(send(kafka, shop(customers), partitioner))
            await one.until_ready(PARTITIONS)
            two.process.send_signal(signal.SIGCONT)
            end = await sending
            changelog = topics.changelog(APP)
            await wait_for_clock(kafka, changelog, PARTITIONS, from_datetime(end), lambda: None)
            await one.terminate()
            await two.terminate()
        return [
            *await read_json(kafka, topics.TRANSITIONS, PARTITIONS),
            *await read_json(kafka, topics.TRIGGERS, PARTITIONS),
        ]


def decided(each: Json) -> str:
    """What was decided, without when it was noticed."""
    notices = {"observed_at", "created_at", "transition"}
    return json.dumps({k: v for k, v in each.items() if k not in notices}, sort_keys=True)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """One for each way of sending."""
    made = [tmp_path / "kafka", tmp_path / "librdkafka"]
    for each in made:
        each.mkdir()
    return made


async def test_not_a_transition_or_trigger_differs(folders: list[Path]) -> None:
    async with running_kafka(folders[0]) as kafka:
        ours = await outcome_of(kafka, folders[0], murmur2, CUSTOMERS)
        theirs = await outcome_of(kafka, folders[1], consistent_random, CUSTOMERS)

    assert len(ours) > 5 * CUSTOMERS
    assert sorted(map(decided, ours)) == sorted(map(decided, theirs))
