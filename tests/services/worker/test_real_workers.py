"""What only real workers can show: poison that stops nothing, and two policies at once."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from schemas import policy, topics
from schemas.policy import load_default_policy, load_policy
from services.tools.local_stack.ports import free_port
from tests.conftest import held
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, headers_of, values_in
from tests.services.worker.zoo import ZOO
from tests.topology.batching.kafka import Log, producing
from tests.topology.domain.messages import day, order
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e]

PARTITIONS = 2
FINE = frozenset({"keyless", "huge-key", "p" * 256, "second", "odd", "marked"})
"""The profiles of what only looks like poison."""


def neighbours() -> set[str]:
    """Those whose orders lie just before and just after a beast."""
    return {f"{side}-{n}" for side in ("before", "after") for n in range(len(ZOO))}


@pytest.fixture(scope="module")
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, "any", PARTITIONS)) as address:
        yield address


async def order_something(producer: AIOKafkaProducer, *customers: str) -> None:
    """The first order of each."""
    for customer in customers:
        value = json.dumps(order(day(0), f"o-{customer}", profile=customer)).encode()
        await producer.send(topics.SHOP_EVENTS, value, key=customer.encode())
    await producer.flush()


async def release_the_zoo(kafka: str) -> dict[tuple[int, int], str]:
    """Send every beast, on either partition, with orders before and after it.

    Returns:
        The reason that the dead letter of each place must have.
    """
    expected = {}
    async with producing(kafka, max_request_size=2_000_000) as producer:
        for number, beast in enumerate(ZOO):
            await order_something(producer, f"before-{number}")
            place = await producer.send_and_wait(
                topics.SHOP_EVENTS,
                beast.value,
                key=beast.key,
                headers=list(beast.headers),
                partition=number % PARTITIONS,
            )
            if beast.reason is not None:
                expected[place.partition, place.offset] = beast.reason
            await order_something(producer, f"after-{number}")
    return expected


async def test_poison_of_every_kind_stops_nothing(kafka: str, tmp_path: Path) -> None:
    """Each beast is reported once, with its reason; all others are processed; all is counted."""
    port = free_port()
    settings = {"STAMMKUNDE_METRICS_PORT": str(port), "STAMMKUNDE_APP_ID": "zoo"}
    expected = await release_the_zoo(kafka)
    with WorkerProcess.started(kafka, tmp_path, "keeper", **settings) as worker:
        async with (
            Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
            Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
        ):
            all_others = neighbours() | FINE
            await transitions.until(
                lambda log: customers(log) >= all_others, "all that is no poison processed"
            )
            await letters.until(lambda log: len(log.records) >= len(expected), "all dead letters")
            await letters.to_last_end()
        counted = read_metrics(port)
        await worker.terminate()
    numbers = Counter(
        (int(one["source-partition"]), int(one["source-offset"]), one["reason"])
        for one in map(headers_of, letters.records)
    )
    assert numbers == Counter((*place, reason) for place, reason in expected.items())
    assert worker.output.count("releasing a partition") == 0
    assert customers(transitions) == all_others
    cut = [letter for letter in map(headers_of, letters.records) if "cut-to" in letter]
    assert [(one["original-size"], one["cut-to"]) for one in cut] == [("1048420", "65536")]
    assert sum(n for (name, _), n in counted.items() if name == "dead_letters_total") == len(
        numbers
    )


def read_metrics(port: int) -> dict[tuple[str, str], float]:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LONGEST_WAIT_S) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        return {
            (one.name.removeprefix("stammkunde_worker_"), "".join(one.labels.values())): one.value
            for family in families
            for one in family.samples
        }


async def test_of_two_policies_the_one_that_came_later_wins(kafka: str, tmp_path: Path) -> None:
    """A partition that moves is the later worker's alone; each transition says whose it is."""
    file = tmp_path / "later.yaml"
    text = (Path(policy.__file__).parent / "default.yaml").read_text()
    file.write_text(text.replace("window: 365 days", "window: 366 days"))
    earlier, later = load_default_policy().version, load_policy(file).version
    names = [f"{when}-{n}" for when in ("first", "both", "last") for n in range(20)]
    app = {"STAMMKUNDE_APP_ID": "rivals"}
    async with (
        producing(kafka) as producer,
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log,
    ):
        await log.to_end()
        log.records.clear()
        with WorkerProcess.started(kafka, tmp_path, "earlier", **app) as one:
            await order_something(producer, *names[:20])
            await log.until(lambda log: customers(log) >= set(names[:20]), "the first twenty")
            with WorkerProcess.started(
                kafka, tmp_path, "later", **app, STAMMKUNDE_POLICY=str(file)
            ) as two:
                await two.until_ready(1)
                await order_something(producer, *names[20:40])
                await log.until(lambda log: customers(log) >= set(names[:40]), "the next twenty")
                await one.terminate()
                await order_something(producer, *names[40:])
                await log.until(lambda log: customers(log) >= set(names), "the last twenty")
                await two.terminate()
    by_partition: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
    for record, decided in zip(log.records, values_in(log), strict=True):
        if decided["customer_id"] in names:
            by_partition[record.partition].append(decided["policy_version"])
    turns = [[version for version, _ in groupby(each)] for each in by_partition.values()]
    assert turns == [[earlier, later]] * PARTITIONS, "neither came back once the other was there"


def customers(log: Log) -> set[str]:
    return {one["customer_id"] for one in values_in(log)}
