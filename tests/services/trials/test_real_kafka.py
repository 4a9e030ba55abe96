"""`stammkunde policy try` as people use it, after a real worker has lived on a real Kafka."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from schemas import topics
from schemas.publish import FOLDER
from services.platform.faults import FaultError
from services.platform.kafka.topics.ensure import ensure_topics
from services.tools.local_stack import KafkaServer
from services.trials.kafka_records import Range, reading
from tests.e2e.log import read_json, wait_for_clock
from tests.schemas.policies import TEXT
from tests.services.tools.cli.command import run
from tests.services.trials.hundred_days import ASLEEP, END, NEWER, send_days
from tests.services.trials.worker import must_live, start_worker, wait_until_ready
from tests.topology.batching.kafka import delete_before
from topology.batching.security import OPEN
from topology.domain.history.instant import from_datetime

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PARTITIONS: Final = 3


class Lived(NamedTuple):
    """A Kafka whose worker has lived a load, and the triggers that it has sent."""

    kafka: str
    folder: Path
    triggers: list[dict[str, Any]]
    when_empty: "subprocess.CompletedProcess[str]"

    def run(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run the command."""
        return run(
            self.folder,
            *("policy", "try", *arguments),
            **{"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "STAMMKUNDE_CLOCK": "topic", **settings},
        )

    def policy(self, name: str, text: str) -> str:
        """Write a policy."""
        (self.folder / name).write_text(text)
        return name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """Live a hundred days by ticks."""
    folder = tmp_path_factory.mktemp("trial")
    kafka = KafkaServer(folder / "kafka")
    await kafka.start()
    try:
        await ensure_topics(kafka.address, topics.catalogue("stammkunde"), PARTITIONS)
        (folder / "newer.yaml").write_text(NEWER)
        empty = Lived(kafka.address, folder, [], subprocess.CompletedProcess((), 0))
        refused = await asyncio.to_thread(empty.run, "newer.yaml")
        await live(kafka.address, folder)
        sent = await read_json(kafka.address, topics.TRIGGERS, PARTITIONS)
        yield Lived(kafka.address, folder, sent, refused)
    finally:
        await kafka.stop()


async def live(kafka: str, folder: Path) -> None:
    """Let a real worker process the load."""
    worker = start_worker(kafka, folder, STAMMKUNDE_CLOCK="topic")
    try:
        await wait_until_ready(worker, folder, PARTITIONS)
        await send_days(kafka, 0, 100, per_second=10)
        changelog, end = topics.changelog("stammkunde"), from_datetime(END)
        lives = partial(must_live, worker, folder)
        await wait_for_clock(kafka, changelog, PARTITIONS, end, lives)
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.to_thread(worker.wait)


def ids_of(triggers: Iterable[dict[str, Any]]) -> list[str]:
    """Sorted: partitions come in any order."""
    return sorted(each["trigger_id"] for each in triggers)


async def test_it_shows_the_offers_that_would_go_out_and_proves_itself(lived: Lived) -> None:
    ended = await asyncio.to_thread(lived.run, "newer.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    contract = json.loads((FOLDER / "policy-trial.schema.json").read_text("utf-8"))
    Draft202012Validator(contract).validate(report)
    assert report["proof"]["holds"] is True, report["proof"]
    assert report["proof"]["compared"] == len(lived.triggers) > 100
    offers = [
        each["customer_id"]
        for each in report["examples"]
        if each["kind"] == "only_new" and each["rule"] == "wake_up"
    ]
    assert set(offers) >= set(ASLEEP)
    [wake_up] = [each for each in report["by_rule"] if each["name"] == "wake_up"]
    assert wake_up["only_new"] == len(offers)
    assert wake_up["moved"] > 0
    segments = report["migrations"][0]
    moved = {
        (each["from"], each["to"]): each["customers"]
        for each in segments["moves"]
        if each["from"] != each["to"]
    }
    assert moved["promising", "about_to_sleep"] == len(ASLEEP)
    [switch] = [each for each in report["adoption"]["by_rule"] if each["rule"] == "wake_up"]
    assert switch["held"] == switch["sent"] >= len(ASLEEP)
    again = await asyncio.to_thread(lived.run, "newer.yaml", "--json")
    assert again.stdout == ended.stdout


async def test_a_person_reads_the_proof_in_the_last_line_and_nothing_is_written(
    lived: Lived,
) -> None:
    ended = await asyncio.to_thread(lived.run, "newer.yaml")
    assert ended.returncode == 0, ended.stderr
    count = f"exactly the {len(lived.triggers):,} triggers that were really sent, id by id."
    assert ended.stdout.splitlines()[-1].endswith(count)
    assert "promising -> about_to_sleep" in ended.stdout
    sent = await read_json(lived.kafka, topics.TRIGGERS, PARTITIONS)
    assert ids_of(sent) == ids_of(lived.triggers)


async def test_only_of_the_policy_in_force_is_there_a_proof(lived: Lived) -> None:
    """Under a setting that is not what the worker had, the trial finds other triggers."""
    lived.policy("default.yaml", TEXT)
    other = await asyncio.to_thread(lived.run, "default.yaml", "--old", "newer.yaml", "--json")
    report = json.loads(other.stdout)
    assert report["proof"]["holds"] is None
    assert report["triggers"]["only_old"] >= len(ASLEEP)
    wrong = await asyncio.to_thread(
        lived.run, "default.yaml", "--json", STAMMKUNDE_POLICY="newer.yaml"
    )
    assert "other policies than" in json.loads(wrong.stdout)["proof"]["sentence"]


async def test_a_defect_has_an_exit_status_of_its_own(lived: Lived) -> None:
    """Without the ticks a customer is never late, so the trial can't be what was sent."""
    no_age = TEXT.replace("max_age: 7 days", "max_age: 8 days")
    lived.policy("in-force.yaml", no_age)
    ended = await asyncio.to_thread(lived.run, "newer.yaml", "--json", STAMMKUNDE_CLOCK="wall")
    assert ended.returncode == 3, ended.stderr
    assert json.loads(ended.stdout)["proof"]["sentence"].startswith("DEFECT")


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "sentence"),
    [
        (["newer.yaml"], {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, 1, "Kafka does not answer"),
        (["broken.yaml"], {}, 1, "broken.yaml, line "),
        (["missing.yaml"], {}, 1, "missing.yaml: can't read the policy"),
        (["same.yaml"], {}, 1, "Both policies have the version"),
        (["dollars.yaml"], {}, 1, "counts in EUR and the new one in USD"),
        (["newer.yaml", "--since", "soon"], {}, 2, "write days or weeks, such as 90d or 12w"),
    ],
)
async def test_what_can_not_be_tried_is_refused_with_a_sentence(
    lived: Lived, arguments: list[str], settings: dict[str, str], status: int, sentence: str
) -> None:
    lived.policy("broken.yaml", TEXT.replace("window: 365 days", "window: long"))
    lived.policy("same.yaml", TEXT)
    lived.policy("dollars.yaml", TEXT.replace("currency: EUR", "currency: USD"))
    ended = await asyncio.to_thread(lived.run, *arguments, **settings)
    assert ended.returncode == status
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


async def test_without_events_there_is_nothing_to_try(lived: Lived) -> None:
    assert lived.when_empty.returncode == 1
    assert "has no events, so there is nothing to try a policy on" in lived.when_empty.stderr


async def test_z_records_that_kafka_deletes_meanwhile_end_the_trial(lived: Lived) -> None:
    """It is the last test: the history is cut then."""
    place = (topics.SHOP_EVENTS, 0)
    await delete_before(lived.kafka, {place: 5})

    def read() -> int:
        with reading(lived.kafka, OPEN, {place: Range(0, 20)}) as partitions:
            return sum(1 for _ in partitions[place])

    with pytest.raises(FaultError, match=r"has deleted records of shop.events.v1"):
        await asyncio.to_thread(read)
    ended = await asyncio.to_thread(lived.run, "newer.yaml", "--json")
    report = json.loads(ended.stdout)
    assert report["history"]["is_complete"] is False
    assert report["history"]["incomplete_customers"] > 0
    assert report["proof"]["sentence"].startswith("No proof: Kafka has deleted the oldest records")
    assert report["unknown"][0].startswith("The history covers 9")
    assert timedelta(days=report["history"]["covered_days"]) < timedelta(days=100)
