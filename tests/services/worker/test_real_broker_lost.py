"""Of three brokers one is killed under load, and nothing is lost or doubled.

It takes three brokers of its own, and half a minute: nothing smaller shows that what the topics
are made with is enough.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic

from schemas import topics
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.kafka.topics.existing import existing_topics, settings_of
from services.tools.doctor.finding import Verdict
from services.tools.doctor.kafka import check_replication
from tests.services.worker.cluster import Cluster, three_brokers
from tests.services.worker.process import WorkerProcess, values_in
from tests.topology.batching.kafka import Log, producing
from tests.topology.domain.messages import Json, day, order
from tests.waits import LONGEST_WAIT_S
from topology.batching.clock import CLOCK_KEY
from topology.batching.security import OPEN
from topology.domain.history.state import State
from topology.domain.rows.row import decode_row

pytestmark = [pytest.mark.e2e]

APP = "replicated"
PARTITIONS = 4
CUSTOMERS = 300
ORDERS_EACH = 10
KILLED_AT = CUSTOMERS * ORDERS_EACH // 3
AT_ONCE = 50
PAUSE_S = 0.1


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with three_brokers(tmp_path) as cluster:
        await ensure_topics(cluster.addresses, topics.catalogue(APP), PARTITIONS)
        yield cluster


def load() -> list[tuple[str, Json]]:
    """The orders of all customers in turn."""
    return [
        (name, order(day(number), f"{name}-{number}", profile=name))
        for number in range(ORDERS_EACH)
        for name in (f"c-{each}" for each in range(CUSTOMERS))
    ]


async def expect_full_replication(cluster: Cluster) -> None:
    """Three brokers hold each topic and two acknowledge, and the doctor says that it is fine."""
    names = [topic.name for topic in topics.catalogue(APP)]
    async with connected_admin(cluster.addresses) as admin:
        existing = await existing_topics(admin, names)
        settings = await settings_of(admin, names)
    assert {topic.replicas for topic in existing.values()} == {3}
    assert {each["min.insync.replicas"] for each in settings.values()} == {"2"}
    found = await check_replication(cluster.addresses, names, OPEN)
    assert [each.verdict for each in found] == [Verdict.OK], found
    assert found[0].message.startswith("3 brokers")
    async with connected_admin(cluster.addresses) as admin:
        await admin.create_topics([NewTopic("lonely", 1, 1)])
    async with asyncio.timeout(LONGEST_WAIT_S):  # the broker that is asked may learn of it last
        while found[0].verdict is Verdict.OK:
            found = await check_replication(cluster.addresses, [*names, "lonely"], OPEN)
    assert [each.verdict for each in found] == [Verdict.WRONG]
    assert found[0].message.startswith("lonely: fewer than 3 replicas, though there are 3 brokers")


async def leader_of(cluster: Cluster, topic: str) -> int:
    async with connected_admin(cluster.addresses) as admin:
        [described] = await admin.describe_topics([topic])
    return int(described["partitions"][0]["leader"])


async def send_and_kill(cluster: Cluster) -> None:
    """Send all of the load, and kill the leader of a source in its midst."""
    doomed = cluster.nodes[await leader_of(cluster, topics.SHOP_EVENTS)]
    sending = []
    async with producing(cluster.addresses, acks="all", enable_idempotence=True) as producer:
        for number, (name, message) in enumerate(load()):
            if number == KILLED_AT:
                doomed.kill()
            value = json.dumps(message).encode()
            sending.append(await producer.send(topics.SHOP_EVENTS, value, key=name.encode()))
            if number % AT_ONCE == 0:
                await asyncio.sleep(PAUSE_S)
        await asyncio.gather(*sending)
    assert not doomed.is_running


def rows_of(log: Log) -> dict[str, State]:
    """The latest row of each customer."""
    return {
        record.key.decode(): decode_row(record.value)
        for record in log.records
        if record.key and record.key != CLOCK_KEY and record.value
    }


async def test_a_broker_that_is_killed_under_load_loses_and_doubles_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Each order is counted once, and its outputs come once and in order."""
    await expect_full_replication(cluster)
    kafka = cluster.addresses
    with WorkerProcess.started(kafka, tmp_path, "one", STAMMKUNDE_APP_ID=APP) as worker:
        await worker.until_ready(PARTITIONS)
        await send_and_kill(cluster)
        async with (
            Log.open(kafka, topics.changelog(APP), PARTITIONS) as changelog,
            Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
            Log.open(kafka, topics.TRIGGERS, PARTITIONS) as triggers,
            Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
        ):
            sent = CUSTOMERS * ORDERS_EACH
            await changelog.until(
                lambda log: sum(len(row.history.orders) for row in rows_of(log).values()) >= sent,
                "all orders are counted",
                LONGEST_WAIT_S,
            )
            for log in (transitions, triggers, letters):
                await log.to_end()
        await worker.terminate()
    rows = rows_of(changelog)
    assert Counter(len(row.history.orders) for row in rows.values()) == {ORDERS_EACH: CUSTOMERS}
    sequences = defaultdict(list)
    for each in values_in(transitions):
        sequences[each["customer_id"]].append(each["sequence"])
    expected = {name: list(range(1, row.sequence + 1)) for name, row in rows.items()}
    assert sequences == expected
    ids = Counter(each["trigger_id"] for each in values_in(triggers))
    assert set(ids.values()) <= {1}
    assert letters.records == []
