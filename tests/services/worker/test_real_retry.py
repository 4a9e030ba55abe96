"""Dead letters that are tried again count once, whoever tries how often, and whatever is killed."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import policy, topics
from services.platform.kafka.worker_lag import GroupLag, Progress
from tests.conftest import held
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess
from tests.topology.batching.kafka import Log
from tests.waits import LONGEST_WAIT_S
from topology.domain.history.state import State
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import RowError, read_entry

pytestmark = [pytest.mark.e2e]

PARTITIONS = 2
APP = "patient"
DEFAULT = (Path(policy.__file__).parent / "default.yaml").read_text()
RATE = "exchange: [{currency: GBP, from: 2010-01-01, rate: 1.15}]\n"
CUSTOMERS = 30


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, APP, PARTITIONS)) as address:
        yield address


def messages_of_all() -> list[dict[str, Any]]:
    """Of each customer two orders in pounds, one without an id, and a part of one back."""
    found = []
    for number in range(CUSTOMERS):
        common = {"type": "track", "userId": f"c-{number}"}
        for order in (1, 2):
            properties = {"order_id": f"o-{number}-{order}", "total": 10 * order, "currency": "GBP"}
            ids = {"messageId": f"m-{number}"} if order == 1 else {}
            time = {"timestamp": f"2010-12-0{order}T08:26:00Z"}
            found.append(
                {**common, **ids, **time, "event": "Order Completed", "properties": properties}
            )
        back = {"order_id": f"o-{number}-2", "total": 5, "currency": "GBP"}
        time = {"timestamp": "2010-12-03T08:26:00Z"}
        found.append({**common, **time, "event": "Order Refunded", "properties": back})
    return found


def rows_in(log: Log) -> dict[bytes, State]:
    """The last row of each customer."""
    found: dict[bytes, State] = {}
    for record in log.records:
        try:
            entry = read_entry(record.value or b"")
        except RowError:
            continue
        if not isinstance(entry, Forward) and (record.key or b"").startswith(b"c-"):
            found[record.key or b""] = entry
    return found


def counted(log: Log) -> bool:
    """Whether each customer has three events, and so each message was counted once at least."""
    rows = rows_in(log)
    return len(rows) == CUSTOMERS and all(row.history.events >= 3 for row in rows.values())


async def until_processed(kafka: str) -> None:
    """Wait until the worker has processed all that is there."""
    lag = GroupLag(kafka, APP)
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            while any(each.lag for each in (await lag.ask() or {0: Progress(0, 1)}).values()):
                await asyncio.sleep(0.05)
    finally:
        await lag.close()


async def test_a_currency_without_a_rate_counts_once_after_it_has_one(
    kafka: str, tmp_path: Path
) -> None:
    """Two people try at once, one of them is killed on the way, and a third tries afterwards."""
    file = tmp_path / "pounds.yaml"
    file.write_text(DEFAULT + RATE)
    lines = tmp_path / "orders.jsonl"
    lines.write_text("\n".join(map(json.dumps, messages_of_all())))
    app = {"STAMMKUNDE_APP_ID": APP}
    with_rate = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "STAMMKUNDE_POLICY": str(file),
        **app,
    }
    async with (
        Log.open(kafka, topics.changelog(APP), PARTITIONS) as rows,
        Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
        Log.open(kafka, topics.SHOP_EVENTS, PARTITIONS) as shop,
    ):
        with WorkerProcess.started(kafka, tmp_path, "poor", **app) as worker:
            await worker.until_ready(PARTITIONS)
            # The command has another policy than the workers: what they have done is true.
            ended = await asyncio.to_thread(
                run, tmp_path, "replay", "orders.jsonl", "--no-ticks", **with_rate
            )
            assert ended.returncode == 3
            report = json.loads(ended.stdout.splitlines()[-1])
            assert report["refused_by_reason"] == {"no_exchange_rate": 3 * CUSTOMERS}
            assert report["judged_by"] == "workers"
            await letters.until(lambda log: len(log.records) == 3 * CUSTOMERS, "dead letters")
            await worker.terminate()
        assert rows_in(rows) == {}

        retry = ("dead-letters", "retry", "--reason", "no_exchange_rate")
        with WorkerProcess.started(
            kafka, tmp_path, "rich", **app, STAMMKUNDE_POLICY=str(file)
        ) as worker:
            await worker.until_ready(PARTITIONS)
            some = ("dead-letters", "retry", "--all", "--limit", "40")
            await asyncio.to_thread(run, tmp_path, *some, **with_rate)
            sent = len((await shop.to_end()).records)
            killed, other = [
                await asyncio.create_subprocess_exec(
                    *COMMAND, *retry, cwd=tmp_path, env=environment(tmp_path, **with_rate)
                )
                for _ in range(2)
            ]
            await shop.until(lambda log: len(log.records) > sent + 10, "a retry is on its way")
            killed.kill()
            await asyncio.gather(killed.wait(), other.wait())
            assert other.returncode == 0
            await rows.until(counted, "all of it is counted")
            before = {key: row.history.events for key, row in rows_in(rows).items()}
            ended = await asyncio.to_thread(run, tmp_path, *retry, **with_rate)
            assert f"no_exchange_rate: {3 * CUSTOMERS:,} sent again" in ended.stdout
            await until_processed(kafka)
            await worker.terminate()
        await rows.to_last_end()
        await letters.to_last_end()
    assert len(letters.records) == 3 * CUSTOMERS
    found = rows_in(rows)
    assert {key: row.history.events for key, row in found.items()} == before
    assert set(before.values()) == {3}
    for row in found.values():
        assert row.scores.orders_total == 2, "one of them has a part refunded once"
