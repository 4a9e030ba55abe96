"""Workers go on under a published policy without a restart, at a defined instant."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from schemas import topics
from schemas.policy import load_default_policy
from schemas.policy.load import PolicySource
from schemas.policy_publication import PolicyPublication
from services.platform.policies.publications import fetch_publications
from services.platform.policies.publisher import Draft, publish
from services.tools.local_stack.ports import free_port
from tests.conftest import held
from tests.schemas.policies import TEXT, changed, policy
from tests.services.worker.around import emptied
from tests.services.worker.process import WorkerProcess, send_records, values_in
from tests.services.worker.test_real_workers import read_metrics
from tests.topology.batching.kafka import Log, Sent, eventually
from tests.topology.domain.messages import order
from topology.batching.security import OPEN

pytestmark = [pytest.mark.e2e]

PARTITIONS = 2
DEFAULT = load_default_policy().version


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, "policies", PARTITIONS)) as address:
        yield address


WIDER = changed("window: 365 days", "window: 366 days")
"""Decides alike, and is another version."""
SOONER = changed("- {at_least: 2, score: 2}", "- {at_least: 1, score: 2}")
"""Whoever has one order is a potential loyalist."""
DOLLARS = changed("currency: EUR", "currency: USD")


async def published(
    kafka: str, text: str, *, after: float = 3.0, version: str | None = None, **files: str
) -> PolicyPublication:
    """Publish a policy that is in force after so many seconds."""
    named = policy(text).version if version is None else version
    at = datetime.now(UTC) + timedelta(seconds=after)
    draft = Draft(named, PolicySource(text, files), in_force_from=at, published_by="anna")
    known = await fetch_publications(kafka, OPEN)
    return await publish(kafka, OPEN, draft, known, lambda: datetime.now(UTC))


def orders(*customers: str, number: int = 0) -> list[Sent]:
    """An order of each, of now."""
    now = datetime.now(UTC) - timedelta(seconds=60 - number)
    return [
        Sent(
            topics.SHOP_EVENTS,
            None,  # type: ignore[arg-type]
            name.encode(),
            json.dumps(order(now, f"o-{name}-{number}", profile=name)).encode(),
        )
        for name in customers
    ]


def versions_of(log: Log) -> dict[int, list[str]]:
    """The versions that decided, one after the other, by partition."""
    found: dict[int, list[str]] = {number: [] for number in range(PARTITIONS)}
    for record, decided in zip(log.records, values_in(log), strict=True):
        found[record.partition].append(decided["policy_version"])
    return {number: [each for each, _ in groupby(all_)] for number, all_ in found.items()}


def of_policy(log: Log) -> list[dict[str, Any]]:
    """The transitions that the change of the policy caused."""
    return [each for each in values_in(log) if each["cause"] == "policy"]


NAMES, LATER, LAST = ([f"{letter}-{number}" for number in range(20)] for letter in "cde")
MANY = [f"m-{number}" for number in range(300)]
SINCE = "policy_since_seconds"


async def test_a_published_policy_is_followed_without_a_restart(kafka: str, tmp_path: Path) -> None:
    """On both partitions, at its instant; transitions name it; going back is one more of them."""
    port = free_port()
    settings = {"STAMMKUNDE_APP_ID": "policies", "STAMMKUNDE_METRICS_PORT": str(port)}
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, NAMES)
            first = await published(kafka, SOONER)
            await until_under(worker, 1)
            await log.until(lambda log: moved_by(log, first) >= set(NAMES), "all have moved")
            await order_and_wait(kafka, log, LATER)
            since = {key: value for key, value in read_metrics(port).items() if SINCE in key}
            back = await published(kafka, TEXT)
            await until_under(worker, 2)
            await order_and_wait(kafka, log, LAST)
            await log.until(lambda log: moved_by(log, back) >= {*NAMES, *LATER}, "all are back")
            await worker.terminate()
    assert back.version == DEFAULT
    assert versions_of(log) == {
        number: [DEFAULT, first.version, DEFAULT] for number in range(PARTITIONS)
    }
    assert set(since) == {(SINCE, f"{number}{first.version}") for number in range(PARTITIONS)}
    assert set(since.values()) == {first.in_force_from.timestamp()}
    effective = {(each["policy_version"], each["effective_at"]) for each in of_policy(log)}
    assert effective == {(one.version, instant_of(one)) for one in (first, back)}


@pytest.mark.parametrize("offset", [-0.4, 0.05, 0.4])
async def test_a_kill_around_the_instant_changes_nothing(
    kafka: str, tmp_path: Path, offset: float
) -> None:
    """After it every customer has moved once, at exactly that instant, under that version."""
    app = {"STAMMKUNDE_APP_ID": "policies"}
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, MANY)
            first = await published(kafka, SOONER)
            wait = (first.in_force_from - datetime.now(UTC)).total_seconds() + offset
            await asyncio.sleep(max(0.0, wait))
            worker.process.send_signal(signal.SIGKILL)
            await worker.until_ended()
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            await log.until(lambda log: moved_by(log, first) >= set(MANY), "all have moved")
            await order_and_wait(kafka, log, LATER)
            await worker.terminate()
        await log.to_last_end()
    moved = Counter(
        each["customer_id"] for each in of_policy(log) if each["dimension"] == "segment"
    )
    assert moved == dict.fromkeys(MANY, 1)
    assert {each["effective_at"] for each in of_policy(log)} == {instant_of(first)}
    assert versions_of(log) == {number: [DEFAULT, first.version] for number in range(PARTITIONS)}


async def test_a_worker_that_was_frozen_goes_on_at_the_same_instant(
    kafka: str, tmp_path: Path
) -> None:
    """Its clock passes no publication that it has not read."""
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", STAMMKUNDE_APP_ID="policies") as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, NAMES)
            worker.process.send_signal(signal.SIGSTOP)
            first = await published(kafka, SOONER, after=0.5)
            await asyncio.sleep(1.5)
            worker.process.send_signal(signal.SIGCONT)
            await log.until(lambda log: moved_by(log, first) >= set(NAMES), "all have moved")
            await worker.terminate()
    assert {each["effective_at"] for each in of_policy(log)} == {instant_of(first)}


async def test_a_policy_that_cannot_be_used_stops_nobody(kafka: str, tmp_path: Path) -> None:
    """The worker says which and why, and goes on under the one before, also after a restart."""
    port = free_port()
    settings = {"STAMMKUNDE_APP_ID": "policies", "STAMMKUNDE_METRICS_PORT": str(port)}
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, NAMES)
            good = await published(kafka, WIDER, after=1)
            await until_under(worker, 1)
            await send_records(kafka, [Sent(topics.POLICIES, 0, b"2", b"{}")])
            await published(kafka, f"{WIDER}future: 1\n", after=1, version=DEFAULT)
            await published(kafka, WIDER, after=1, version="0" * 12)
            await published(kafka, DOLLARS, after=1)
            await eventually(lambda: unusable(worker) == {3, 4, 5}, "each is reported")
            assert read_metrics(port)["unusable_policies", ""] == 4
            await order_and_wait(kafka, log, LATER)
            await worker.terminate()
        with WorkerProcess.started(kafka, tmp_path, "two", **settings) as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, LAST)
            assert 5 in unusable(worker)
            best = await published(kafka, SOONER, after=1)
            await until_under(worker, 1)
            await log.until(lambda log: moved_by(log, best) >= set(NAMES), "all have moved")
            await worker.terminate()
    reasons = {
        each["revision"]: each["reason"]
        for each in lines(worker)
        if "revision" in each and "reason" in each
    }
    assert "the rows of this table are in EUR, and the policy says currency: USD" in reasons[5]
    assert versions_of(log) == {
        number: [DEFAULT, good.version, best.version] for number in range(PARTITIONS)
    }


async def test_the_file_of_the_settings_wins(kafka: str, tmp_path: Path) -> None:
    """The worker says so at its start, and follows nothing."""
    file = tmp_path / "mine.yaml"
    file.write_text(WIDER)
    settings = {"STAMMKUNDE_APP_ID": "policies", "STAMMKUNDE_POLICY": str(file)}
    first = await published(kafka, SOONER, after=0)
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", **settings) as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, NAMES)
            await worker.terminate()
        assert "the policy file decides, whatever is published" in worker.output
        wider = policy(WIDER).version
        assert versions_of(log) == {number: [wider] for number in range(PARTITIONS)}
        with WorkerProcess.started(kafka, tmp_path, "two", STAMMKUNDE_APP_ID="policies") as worker:
            await worker.until_ready(PARTITIONS)
            await order_and_wait(kafka, log, LATER)
            await worker.terminate()
    assert f'"policy": "{first.version}"' in worker.output, "without the file it is that one"
    assert versions_of(log) == {number: [wider, first.version] for number in range(PARTITIONS)}


async def test_a_fresh_installation_may_publish_in_another_currency(
    kafka: str, tmp_path: Path
) -> None:
    """There is no row yet. The first event is counted in it."""
    app = {"STAMMKUNDE_APP_ID": "policies"}
    async with Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as log:
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            await worker.until_ready(PARTITIONS)
            first = await published(kafka, DOLLARS, after=1)
            await until_under(worker, 1)
            await order_and_wait(kafka, log, NAMES)
            await worker.terminate()
    assert versions_of(log) == {number: [first.version] for number in range(PARTITIONS)}


async def order_and_wait(kafka: str, log: Log, names: list[str]) -> None:
    """Send an order of each, and wait until all have been decided on."""
    await send_records(kafka, orders(*names))
    await log.until(lambda log: customers(log) >= set(names), f"{names[0]} and the others")


def instant_of(publication: PolicyPublication) -> str:
    """The instant at which it is in force, as records have it."""
    text: str = json.loads(publication.model_dump_json())["in_force_from"]
    return text


def moved_by(log: Log, publication: PolicyPublication) -> set[str]:
    """The customers that changed their segment because of a publication."""
    return {
        each["customer_id"]
        for each in of_policy(log)
        if each["policy_version"] == publication.version and each["dimension"] == "segment"
    }


def unusable(worker: WorkerProcess) -> set[int]:
    """The revisions of which the worker says that it can't use them."""
    event = "a published policy can't be used"
    return {each["revision"] for each in lines(worker) if each["event"] == event}


def customers(log: Log) -> set[str]:
    return {one["customer_id"] for one in values_in(log)}


SWITCHED = "partition goes on under another version"


def lines(worker: WorkerProcess) -> list[dict[str, Any]]:
    """The lines of its log that are JSON."""
    return [json.loads(line) for line in worker.output.splitlines() if line.startswith("{")]


async def until_under(worker: WorkerProcess, times: int) -> None:
    """Wait until each partition has gone on under another version so many times."""
    await eventually(
        lambda: worker.output.count(SWITCHED) >= times * PARTITIONS, f"switched {times} times"
    )
