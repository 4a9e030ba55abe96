"""An import into a stack that runs: nobody gets anything, everybody stands where they should."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from schemas import topics
from schemas.messages.record_headers import QUIET_HEADER
from tests.services.worker.around import emptied
from tests.services.worker.impatient_worker import APP_ID
from tests.services.worker.process import values_in
from tests.topology.batching.kafka import Log, producing
from tests.topology.domain.life import lived
from tests.topology.domain.messages import Json, order
from topology.batching.clock import CLOCK_KEY, decode_clock
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.state import State
from topology.domain.rows.row import decode_row

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PARTITIONS = 2
CUSTOMERS = [f"imported-{n}" for n in range(300)]
SECONDS = 5
_ROOT = Path(__file__).parents[3]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(kafka_in_turns: str) -> AsyncIterator[str]:
    """A Kafka that has no other topics."""
    async with emptied(kafka_in_turns, APP_ID, PARTITIONS) as address:
        yield address


@contextmanager
def impatient_worker(kafka: str, folder: Path) -> Iterator[None]:
    """A real worker process that waits five seconds for the rest of a history."""
    command = [sys.executable, "-m", "tests.services.worker.impatient_worker", kafka, str(folder)]
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen([*command, str(SECONDS)], cwd=_ROOT, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()
        print((folder / "worker.log").read_text())  # noqa: T201 - shown if the test fails


def history_of(customer: str, now: datetime) -> list[Json]:
    """Six orders: the last one was 200 days ago or longer. All of it would have set rules off."""
    number = CUSTOMERS.index(customer)
    times = [now - timedelta(days=200 + number / 10 + 25 * n) for n in range(5, -1, -1)]
    return [order(at, f"{customer}-{n}", 60.0, customer) for n, at in enumerate(times)]


async def send(kafka: str, messages: list[Json], *, quiet: bool = False) -> None:
    async with producing(kafka) as producer:
        for each in messages:
            value, key = json.dumps(each).encode(), str(each["userId"]).encode()
            headers = [QUIET_HEADER] if quiet else []
            await producer.send(topics.SHOP_EVENTS, value, key=key, headers=headers)
        await producer.flush()


def clocks_of(log: Log) -> dict[int, Instant]:
    """How far each partition's clock has come."""
    found = [each for each in log.records if each.key == CLOCK_KEY]
    return {each.partition: decode_clock(each.value) for each in found}


def rows_of(log: Log) -> dict[str, State]:
    found = {each.key: each.value for each in log.records if each.key != CLOCK_KEY}
    return {key.decode(): decode_row(value) for key, value in found.items()}


def wants_clock_after(log: Log, instant: datetime) -> bool:
    clocks = clocks_of(log)
    return len(clocks) == PARTITIONS and min(clocks.values()) > from_datetime(instant)


async def test_an_import_that_the_clock_overtakes_sends_nothing(kafka: str, tmp_path: Path) -> None:
    """The last order of each came after the clock had gone on, as it does each second."""
    begin = datetime.now(UTC)
    histories = {each: history_of(each, begin) for each in CUSTOMERS}
    with impatient_worker(kafka, tmp_path):
        async with (
            Log.open(kafka, topics.changelog(APP_ID), PARTITIONS) as rows,
            Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
            Log.open(kafka, topics.TRIGGERS, PARTITIONS) as triggers,
        ):
            await send(kafka, [each for story in histories.values() for each in story[:-1]])
            half = datetime.now(UTC)
            await rows.until(lambda log: wants_clock_after(log, half), "the clock went on")
            await send(kafka, [story[-1] for story in histories.values()])
            await rows.until(
                lambda log: all(
                    row.scores.orders_total == 6 and row.settles_at is None
                    for row in rows_of(log).values()
                ),
                "everything is settled",
            )
            await transitions.to_last_end()
            await triggers.to_last_end()
    assert triggers.records == []
    assert len(rows_of(rows)) == len(CUSTOMERS)
    for customer, story in histories.items():
        life, row = lived(story, datetime.now(UTC)), rows_of(rows)[customer]
        assert (row.segment, row.stage, row.tier) == (
            life.row.segment,
            life.row.stage,
            life.row.tier,
        )
        ways = [each["to"] for each in values_in(transitions) if each["customer_id"] == customer]
        assert ways == [each.to_value for each in life.transitions]


async def test_a_quiet_import_of_last_week_sends_nothing(kafka: str, tmp_path: Path) -> None:
    """The same of somebody who is not marked does."""
    now = datetime.now(UTC)
    times = [now - timedelta(days=3 - n / 10) for n in range(5)]
    quiet, loud = (
        [order(at, f"{who}-{n}", 60.0, who) for n, at in enumerate(times)]
        for who in ("quiet", "loud")
    )
    with impatient_worker(kafka, tmp_path):
        async with Log.open(kafka, topics.TRIGGERS, PARTITIONS) as triggers:
            await send(kafka, quiet, quiet=True)
            await send(kafka, loud)
            await triggers.until(lambda log: bool(log.records), "the loud one is thanked")
            async with Log.open(kafka, topics.changelog(APP_ID), PARTITIONS) as rows:
                await rows.until(
                    lambda log: (
                        (row := rows_of(log).get("quiet")) is not None
                        and row.scores.orders_total == 5
                        and row.settles_at is None
                    ),
                    "the quiet one is settled",
                )
            await triggers.to_last_end()
    assert {each["customer_id"] for each in values_in(triggers)} == {"loud"}
    assert rows_of(rows)["quiet"].memory.held_count
