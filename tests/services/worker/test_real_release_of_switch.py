"""`policy publish --release`: what the switch holds goes out at a rate, each trigger once."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from schemas import topics
from schemas.policy import load_default_policy
from tests.conftest import held
from tests.schemas.policies import changed
from tests.services.tools.cli.command import run
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, send_records, values_in
from tests.services.worker.test_real_policies import customers, orders
from tests.topology.batching.kafka import Log

pytestmark = [pytest.mark.e2e]

PARTITIONS = 2
APP = {"STAMMKUNDE_APP_ID": "policies"}
NAMES = {f"c-{number}" for number in range(12)}
PER_HOUR = 36_000
"""One each tenth of a second."""


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, "policies", PARTITIONS)) as address:
        yield address


def sooner() -> str:
    """Whoever has one order is a potential loyalist, and is thanked for it."""
    text = changed("- {at_least: 2, score: 2}", "- {at_least: 1, score: 2}")
    old = "- when: {entering: [loyal]}"
    assert text.count(old) == 1
    return text.replace(old, "- when: {entering: [loyal, potential_loyalist]}")


async def test_what_the_switch_holds_is_released_at_a_rate(kafka: str, tmp_path: Path) -> None:
    """The command waits for the workers. Asked again it finds nothing that is open."""
    (tmp_path / "sooner.yaml").write_text(sooner())
    publish = ("policy", "publish", "sooner.yaml", "--by", "anna", "--json")

    def published(*more: str) -> list[dict[str, object]]:
        settings = {**APP, "KAFKA_BOOTSTRAP_SERVERS": kafka}
        ended = run(tmp_path, *publish, *more, **settings)
        assert ended.returncode == 0, ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    async with (
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as moves,
        Log.open(kafka, topics.TRIGGERS, PARTITIONS) as sent,
        Log.open(kafka, topics.HELD, PARTITIONS) as reviewed,
    ):
        with WorkerProcess.started(kafka, tmp_path, "one", **APP) as worker:
            await worker.until_ready(PARTITIONS)
            await send_records(kafka, orders(*sorted(NAMES)))
            await moves.until(lambda log: customers(log) >= NAMES, "all are there")
            begun = datetime.now(UTC)
            first = await asyncio.to_thread(published, "--release", f"{PER_HOUR}/hour")
            await sent.until(
                lambda log: {each["customer_id"] for each in released(log)} >= NAMES, "all went out"
            )
            again = await asyncio.to_thread(published, "--release", f"{PER_HOUR}/hour")
            await worker.terminate()
        await sent.to_last_end()
        await reviewed.to_last_end()
    publication, asked = first
    assert publication["replaces"] == load_default_policy().version
    assert (asked["release_asked"], asked["older"]) == (len(NAMES), 0)
    assert again[1]["release_asked"] == 0
    ids = [str(each["trigger_id"]) for each in released(sent)]
    assert len(ids) == len(set(ids)) == len(NAMES)
    assert {each["released_by"] for each in released(sent)} == {"anna"}
    turns = sorted(
        datetime.fromisoformat(str(each["decision"]["not_before"]))
        for each in values_in(reviewed)
        if each["status"] == "scheduled"
    )
    assert all(begun < turn for turn in turns)
    assert all((after - before).total_seconds() >= 0.099 for before, after in pairwise(turns))


def released(log: Log) -> list[dict[str, object]]:
    """The triggers that somebody has released."""
    return [each for each in values_in(log) if each.get("released_by")]
