"""The proof on the machine's clock: a worker on real Kafka, and a policy that counts in minutes."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from schemas import topics
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import KafkaServer
from services.trials.proof import GRACE
from tests.e2e.log import read_json
from tests.schemas.policies import TEXT
from tests.services.tools.cli.command import run
from tests.services.trials.worker import start_worker, wait_until_ready
from tests.topology.batching.kafka import producing
from tests.topology.domain.messages import Json, order, track
from tests.waits import LONGEST_WAIT_S
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PARTITIONS: Final = 3
ASLEEP: Final = 8
FAST: Final = (
    TEXT.replace("younger_than: 30 days", "younger_than: 1 minutes")
    .replace("younger_than: 60 days", "younger_than: 2 minutes")
    .replace("younger_than: 90 days", "younger_than: 60 minutes")
)
SLOWER: Final = FAST.replace("younger_than: 2 minutes", "younger_than: 50 minutes")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    server = KafkaServer(tmp_path_factory.mktemp("clock") / "kafka")
    await server.start()
    try:
        await ensure_topics(server.address, topics.catalogue("stammkunde"), PARTITIONS)
        yield server
    finally:
        await server.stop()


async def send(kafka: str, messages: list[Json]) -> None:
    """Send messages to the home partitions of their profiles."""
    router = RecordRouter(PARTITIONS, DEFAULTS)
    async with producing(kafka) as producer:
        for each in messages:
            key = (each.get("userId") or each["anonymousId"]).encode()
            await producer.send_and_wait(
                topics.SHOP_EVENTS, json.dumps(each).encode(), key, partition=router.home(key)
            )


def load(now: datetime) -> list[Json]:
    """Some fall asleep in a few seconds; an import is older than the policy's `max_age`."""
    ago = [timedelta(seconds=119 - number) for number in range(ASLEEP)]
    found = [order(now - each, f"o-{n}", 30, f"asleep-{n}") for n, each in enumerate(ago)]
    old = [order(now - timedelta(days=20 + n), f"old-{n}", 300, "imported") for n in range(4)]
    looked = track("Product Viewed", now, "m-look", "browser")
    looked["anonymousId"] = looked.pop("userId")
    joined = {**looked, "messageId": "m-join", "userId": "asleep-1"}
    return [*found, *old, looked, joined, track("Complaint Filed", now, "m-angry", "asleep-2")]


async def test_the_clock_of_the_trial_is_that_of_a_worker(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    folder = tmp_path
    for name, text in (("fast.yaml", FAST), ("slower.yaml", SLOWER)):
        (folder / name).write_text(text)
    policy = {"STAMMKUNDE_POLICY": str(folder / "fast.yaml")}
    worker = start_worker(kafka.address, folder, **policy)
    try:
        await wait_until_ready(worker, folder, PARTITIONS)
        await send(kafka.address, load(datetime.now(UTC)))
        async with asyncio.timeout(LONGEST_WAIT_S):
            while len(await asleep(kafka.address)) < ASLEEP - 1:
                await asyncio.sleep(0.5)
        # What fell due just before the end proves nothing.
        await asyncio.sleep(GRACE / 1e6 + 2)
        await send(kafka.address, [track("Cart Viewed", datetime.now(UTC), "m-last", "last")])
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.to_thread(worker.wait)
    settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka.address, **policy}
    ended = await asyncio.to_thread(
        run, folder, "policy", "try", "slower.yaml", "--json", **settings
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads(ended.stdout)
    sent = await read_json(kafka.address, topics.TRIGGERS, PARTITIONS)
    assert report["proof"]["holds"] is True
    assert report["proof"]["compared"] == len(sent)
    [wake_up] = [each for each in report["by_rule"] if each["name"] == "wake_up"]
    assert wake_up["only_old"] == len(await asleep(kafka.address)) == ASLEEP - 1
    assert {each["reason"] for each in report["held"]} >= {"age", "care"}


async def asleep(kafka: str) -> list[str]:
    """Who was woken up: all but the customer with a complaint."""
    sent = await read_json(kafka, topics.TRIGGERS, PARTITIONS)
    return [each["customer_id"] for each in sent if each["rule"] == "wake_up"]
