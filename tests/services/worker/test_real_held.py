"""Held triggers of a real import: real workers release each once, whoever kills them meanwhile."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from schemas import topics
from services.platform.settings import Settings
from services.tools.local_stack import ValkeyServer
from tests.services.tools.cli.command import run
from tests.services.worker.around import answering, emptied
from tests.services.worker.impatient_worker import APP_ID
from tests.services.worker.process import values_in
from tests.topology.batching.kafka import Log
from tests.topology.domain.messages import order
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PARTITIONS = 2
CUSTOMERS = [f"imported-{n}" for n in range(40)]
ELSEWHERE = "imported-7"
"""This one is on the suppression list before the release."""
LOYAL = "imported-loyal"
"""This one ordered every day, so their events alone set several rules off."""
RELEASED = {each for each in CUSTOMERS if each != ELSEWHERE}
_ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(kafka_in_turns: str) -> AsyncIterator[str]:
    """A Kafka that has no other topics."""
    async with emptied(kafka_in_turns, APP_ID, PARTITIONS) as address:
        yield address


class MortalWorker:
    """A real worker process that may be killed at any time, and started again."""

    def __init__(self, kafka: str, folder: Path) -> None:
        module = "tests.services.worker.impatient_worker"
        self._command = [sys.executable, "-m", module, kafka, str(folder), "1"]
        self._log = folder / "worker.log"
        self.start()

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=_ROOT, stdout=log, stderr=log)

    async def is_ready(self) -> bool:
        """True once it has all partitions."""
        return self._log.read_text().count("partition ready") >= PARTITIONS

    def kill(self) -> None:
        """Kill it as a machine does that loses its power."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order, and show its log if the test fails."""
        self._process.terminate()
        self._process.wait()
        print(self._log.read_text())  # noqa: T201


async def until(ask: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Ask until the answer is something."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    assert found, what
    return found


async def counts(api: httpx.AsyncClient) -> dict[str, int]:
    """How many held triggers of the rule have each status."""
    answer = await api.get("/v1/held", params={"rule": "cross_sell", "limit": 1})
    found: Counter[str] = Counter()
    if answer.status_code == 200:
        for each in answer.json()["counts"]:
            found[each["status"]] += each["count"]
    return dict(found)


async def test_what_an_import_held_is_released_once_by_workers_that_are_killed(
    kafka: str, tmp_path: Path
) -> None:
    """The same request comes again and again, and half of the releases wait for their turn."""
    valkey = ValkeyServer(tmp_path / "valkey")
    await valkey.start()
    worker = MortalWorker(kafka, tmp_path)
    settings = Settings(app_id=APP_ID, api_port=0)
    at = datetime.now(UTC) - timedelta(days=3)
    try:
        async with answering(settings, kafka=kafka, redis=valkey.url) as api:
            await until(worker.is_ready, "the worker is there")
            file = tmp_path / "orders.jsonl"
            orders = [order(at, f"o-{who}", 60.0, who) for who in CUSTOMERS]
            days = [at - timedelta(days=number) for number in range(6, 0, -1)]
            orders += [order(each, f"o-{each:%d}", 60.0, LOYAL) for each in days]
            file.write_text("\n".join(map(json.dumps, orders)))
            ended = await asyncio.to_thread(imported, kafka, tmp_path, file)
            report = json.loads(ended.stdout.splitlines()[-1])
            # Three by events; the clock's follow a second later.
            assert 3 <= report["held"] <= len(CUSTOMERS) + 3
            assert report["sent"] == 0
            assert f"{report['held']} held, 0 sent so far" in ended.stderr
            await until(lambda: has(api, held=len(CUSTOMERS) + 1), "all are held")
            suppressed = await api.post(f"/v1/customers/{ELSEWHERE}/suppress")
            assert suppressed.status_code == 202
            await until(lambda: is_suppressed(api), "one of them is suppressed")
            for number in range(4):
                asked = {"rule": "cross_sell", "per_hour": 3600 * 8}
                answer = await api.post("/v1/held/release", json=asked)
                assert answer.status_code in {202, 404}, answer.text
                await asyncio.sleep(0.5 * number)
                worker.kill()
                worker.start()
            await until(lambda: has(api, released=len(CUSTOMERS) - 1, refused=2), "all are decided")
            again = await api.post("/v1/held/release", json={"rule": "cross_sell"})
            assert again.json()["asked"] == 2, "those that were refused may be asked for again"
        await check(kafka)
    finally:
        worker.stop()
        await valkey.stop()


async def check(kafka: str) -> None:
    """Each trigger was sent once, under the id under which it was held."""
    async with (
        Log.open(kafka, topics.TRIGGERS, PARTITIONS) as triggers,
        Log.open(kafka, topics.HELD, PARTITIONS) as held,
    ):
        await triggers.to_last_end()
        await held.to_last_end()
    records = values_in(held)
    ids = {each["trigger_id"]: each for each in records if each["status"] == "held"}
    sent = Counter(each["trigger_id"] for each in values_in(triggers))
    released = Counter(each["trigger_id"] for each in records if each["status"] == "released")
    expected = Counter(name for name, each in ids.items() if each["customer_id"] in RELEASED)
    assert sent == released == expected
    assert {each["released_by"] for each in values_in(triggers)} == {"anybody"}
    refused = [each for each in records if each["status"] == "refused"]
    assert {(each["customer_id"], each["decision"]["refusal"]) for each in refused} == {
        (ELSEWHERE, "suppressed"),
        (LOYAL, "cap"),
    }


async def has(api: httpx.AsyncClient, **expected: int) -> bool:
    """True once so many have each status, and no others are there."""
    return await counts(api) == expected


async def is_suppressed(api: httpx.AsyncClient) -> bool:
    """True once the API knows that."""
    return bool((await api.get("/v1/suppressions")).json()["items"])


def imported(kafka: str, folder: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """Import a file as a shop does that is new."""
    settings = {"KAFKA_BOOTSTRAP_SERVERS": kafka, "STAMMKUNDE_APP_ID": APP_ID}
    return run(folder, "replay", str(file), "--quiet", "--no-ticks", **settings)
