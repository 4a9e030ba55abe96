"""A rolling upgrade: workers of two releases share a group, and their rows have two versions."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import msgpack

from schemas import topics
from tests.conftest import held
from tests.services.tools.cli.command import COMMAND
from tests.services.worker import other_release
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, send_records, values_in
from tests.topology.batching.kafka import Log, Sent
from tests.topology.domain.messages import order
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.domain.history.record import decoder
from topology.domain.history.state import ROW_VERSION, State
from topology.domain.rows import row_v4

pytestmark = [pytest.mark.e2e]

PARTITIONS = 2
APP = "upgraded"
ROUTER = RecordRouter(PARTITIONS, DEFAULTS)
JOINED = "_on_partitions_assigned"
"""In the log of a worker that the group has given partitions."""
READ, READ_BEFORE = decoder(State), decoder(row_v4.StateV4)
CUSTOMERS = [f"customer-{number}" for number in range(20)]


class Release(NamedTuple):
    """A release: how its command is called, and the version of its rows."""

    command: Sequence[str]
    rows: int


def other(release: str, rows: int) -> Release:
    return Release((sys.executable, "-m", other_release.__name__, release), rows)


BEFORE = other(other_release.before.__name__, row_v4.VERSION)
THIS = Release(COMMAND, ROW_VERSION)
AFTER = other(other_release.after.__name__, ROW_VERSION + 1)


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, APP, PARTITIONS)) as address:
        yield address


class Written(NamedTuple):
    """What a row says."""

    version: int
    orders: int


class Group(NamedTuple):
    """The workers of a group, and the rows that they have written."""

    kafka: str
    folder: Path
    rows: Log

    def started(self, release: Release, name: str) -> AbstractContextManager[WorkerProcess]:
        """Start a worker of a release."""
        command = release.command
        return WorkerProcess.started(self.kafka, self.folder, name, command, STAMMKUNDE_APP_ID=APP)

    async def order(self, number: int) -> None:
        """Send an order of each customer."""
        await send_records(self.kafka, [sent(name, number) for name in CUSTOMERS])

    async def until_counted(self, orders: int) -> list[Written]:
        """Wait until each customer has so many orders, and return their rows."""
        await self.rows.until(
            lambda log: [each.orders for each in latest(log)] == [orders] * len(CUSTOMERS),
            f"{orders} orders of each customer",
        )
        return latest(self.rows)


def sent(customer: str, number: int) -> Sent:
    message = order(datetime.now(UTC), f"{customer}-{number}", profile=customer)
    key = customer.encode()
    return Sent(topics.SHOP_EVENTS, ROUTER.home(key), key, json.dumps(message).encode())


def latest(log: Log) -> list[Written]:
    """The latest rows of the customers."""
    found = {one.key: one.value for one in log.records if one.key and one.value}
    return [written(found[name.encode()]) for name in CUSTOMERS if name.encode() in found]


def written(value: bytes) -> Written:
    """Read a row of any of the releases."""
    version = msgpack.decode(value)[0]
    state = (READ_BEFORE if version == BEFORE.rows else READ)(value)
    return Written(version, state.history.events)


def refusal(older: Release, newer: Release) -> str:
    return (
        f"a newer release has written rows of version {newer.rows}, and this one reads version "
        f"{older.rows} and older. Update this worker to that release, as docs/upgrade.md says. "
        "Nothing is lost"
    )


@pytest.mark.parametrize(
    ("older", "newer"), [(BEFORE, THIS), (THIS, AFTER)], ids=["from-before", "to-after"]
)
async def test_two_releases_share_a_group_and_the_older_one_touches_no_newer_row(
    kafka: str, tmp_path: Path, older: Release, newer: Release
) -> None:
    """A partition moves to the newer one, back to the older one, which refuses, and on again."""
    async with (
        Log.open(kafka, topics.changelog(APP), PARTITIONS) as rows,
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
        Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
    ):
        group = Group(kafka, tmp_path, rows)
        with group.started(older, "older") as staying:
            await group.order(1)
            assert {each.version for each in await group.until_counted(1)} == {older.rows}
            with group.started(newer, "newer") as updated:
                await updated.until_ready(1)
                await group.order(2)
                both = {older.rows, newer.rows}
                assert {each.version for each in await group.until_counted(2)} == both
                await updated.terminate()
            await staying.until_ended()
            refuses(staying, refusal(older, newer))
            assert JOINED in staying.output
        await group.order(3)
        with group.started(older, "older-again") as again:
            await again.until_ended()
            refuses(again, refusal(older, newer))
            assert JOINED not in again.output, "it takes no partition from an updated worker"
        with group.started(newer, "newer-again") as updated:
            assert {each.version for each in await group.until_counted(3)} == {newer.rows}
            await updated.terminate()
        for log in (transitions, letters):
            await log.to_last_end()
    assert letters.records == []
    numbers = Counter((each["customer_id"], each["sequence"]) for each in values_in(transitions))
    assert set(numbers.values()) == {1}, "none was made twice"


def refuses(worker: WorkerProcess, reason: str) -> None:
    """Assert that the worker has ended, and has said why and what to do."""
    assert worker.process.returncode == 1
    assert reason in worker.output
    assert "Traceback" not in worker.output
