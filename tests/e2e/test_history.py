"""The CDNOW history through a real worker that is killed on the way, against the oracle."""

import asyncio
import random
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from schemas import topics
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.demo.cdnow import END, find_orders, read_orders
from services.tools.local_stack import KafkaServer
from services.tools.replay.run import Plan, replay, ticking
from services.tools.replay.schedule import Pace
from services.tools.replay.send import Progress
from tests.e2e.log import read_json, read_rows, wait_for_clock
from tests.oracle import DIMENSIONS, Verdict, cdnow
from tests.services.tools.cli.command import COMMAND, environment
from tests.waits import LONGEST_WAIT_S
from topology.domain.history.instant import from_datetime
from topology.domain.rows.row import decode_row

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
]

APP = "history"
PARTITIONS = 8
SEED = random.SystemRandom().randrange(10**6)
"""Printed when a test fails; put it here to run the same again."""

KILLS = 3
ORDERS = 6919


@dataclass
class Worker:
    """A real worker process that can be killed, and is then started again under its name."""

    kafka: str
    folder: Path
    deaths: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it."""
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "worker"],
                stdout=log,
                stderr=log,
                env=environment(
                    self.folder,
                    KAFKA_BOOTSTRAP_SERVERS=self.kafka,
                    STAMMKUNDE_APP_ID=APP,
                    STAMMKUNDE_CLOCK="topic",
                    STAMMKUNDE_WORKER_ID="the-worker",
                ),
            )

    def end(self, sign: signal.Signals) -> int:
        """Send it a signal, and return how it ended."""
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(timeout=LONGEST_WAIT_S)

    def must_live(self) -> None:
        """Fail the test if it has ended by itself."""
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "worker.log").read_text()[-2000:]


@dataclass
class Killer:
    """Reads how far the replay is, and kills the worker three times on the way."""

    worker: Worker
    kills_at: list[int] = field(default_factory=list)

    def expect(self, messages: int) -> None:
        """Choose the moments."""
        chance = random.Random(SEED)
        self.kills_at = sorted(chance.sample(range(messages // 10, messages), KILLS))

    def __call__(self, progress: Progress) -> None:
        """Kill, if it is time to."""
        while self.kills_at and progress.messages >= self.kills_at[0]:
            self.kills_at.pop(0)
            assert self.worker.end(signal.SIGKILL) == -signal.SIGKILL
            self.worker.deaths += 1
            self.worker.start()


@dataclass(frozen=True)
class History:
    """What a run left in the topics."""

    rows: dict[str, dict[str, str]]
    transitions: list[dict[str, Any]]
    triggers: list[dict[str, Any]]
    deaths: int
    status: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def history(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[History]:
    """Replay all orders through a worker that dies three times on the way."""
    folder = tmp_path_factory.mktemp("history")
    kafka = KafkaServer(folder / "kafka")
    await kafka.start()
    try:
        yield await _play(kafka.address, folder)
    finally:
        await kafka.stop()


async def _play(kafka: str, folder: Path) -> History:
    await ensure_topics(kafka, topics.catalogue(APP), PARTITIONS)
    worker = Worker(kafka, folder)
    worker.start()
    try:
        plan = Plan(kafka, ticking(END), Pace(per_second=600), END)
        await replay(partial(read_orders, find_orders()), plan, Killer(worker))
        changelog = topics.changelog(APP)
        await wait_for_clock(kafka, changelog, PARTITIONS, from_datetime(END), worker.must_live)
    finally:
        status = await asyncio.to_thread(worker.end, signal.SIGTERM)
    rows = await read_rows(kafka, changelog, PARTITIONS)
    return History(
        {key.decode(): _dimensions(value) for key, value in rows.items()},
        await read_json(kafka, topics.TRANSITIONS, PARTITIONS),
        await read_json(kafka, topics.TRIGGERS, PARTITIONS),
        worker.deaths,
        status,
    )


def _dimensions(row: bytes) -> dict[str, str]:
    state = decode_row(row)
    return {dimension: getattr(state, dimension) for dimension in DIMENSIONS}


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    """What the oracle says."""
    assert cdnow.FINAL_INSTANT == END
    return cdnow.verdict()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_the_worker_died_three_times_and_ended_well(history: History) -> None:
    """Else the other tests of this module prove little."""
    assert (history.deaths, history.status) == (KILLS, 0), f"seed {SEED}"


async def test_everybody_stands_where_the_oracle_says(history: History, verdict: Verdict) -> None:
    """The rows in the changelog, after all of it."""
    expected = {name: one.dimensions for name, one in verdict.customers.items()}
    assert history.rows == expected, f"seed {SEED}"


async def test_every_transition_is_the_oracles(history: History, verdict: Verdict) -> None:
    """In all dimensions: none missing, none twice, none else."""
    found = sorted(
        (
            each["customer_id"],
            each["sequence"],
            each["dimension"],
            each["from"],
            each["to"],
            each["cause"],
            _instant(each["effective_at"]),
        )
        for each in history.transitions
    )
    expected = sorted(
        (
            each.customer,
            each.sequence,
            each.dimension,
            each.before,
            each.after,
            each.cause,
            each.at,
        )
        for each in verdict.transitions
    )
    assert found == expected, f"seed {SEED}"


async def test_every_trigger_is_the_oracles(history: History, verdict: Verdict) -> None:
    """Customer, rule, what is to be done and when: none missing, none twice, none else."""
    found = sorted(
        (
            each["customer_id"],
            _instant(each["effective_at"]),
            each["rule"],
            each["attempt"],
            each["action"]["kind"],
            each["action"]["template"],
            each["action"]["priority"],
            each["not_before"] and str(_instant(each["not_before"])),
        )
        for each in history.triggers
    )
    expected = sorted(
        (
            each.customer,
            each.at,
            each.rule,
            each.attempt,
            each.kind,
            each.template,
            each.priority,
            each.not_before and str(each.not_before),
        )
        for each in verdict.triggers
    )
    assert found == expected, f"seed {SEED}"
    assert len({each["trigger_id"] for each in history.triggers}) == len(found)


async def test_every_transition_and_trigger_says_which_policy_made_it(history: History) -> None:
    """One policy, one version, everywhere."""
    versions = {each["policy_version"] for each in (*history.transitions, *history.triggers)}
    assert len(versions) == 1
