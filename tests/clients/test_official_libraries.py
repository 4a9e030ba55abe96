"""The official libraries, unchanged, against everything that `stammkunde up` runs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import topics
from tests.npm import NODE, install
from tests.services.projector.world import eventually
from tests.services.tools.cli.command import COMMAND, environment, run
from tests.topology.batching.kafka import Log
from tests.waits import LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    """Where to send to, and with which keys."""

    url: str
    kafka: str
    write_key: str
    admin_key: str
    read_key: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Everything runs, and a write key has been created."""
    folder = tmp_path_factory.mktemp("up")
    with subprocess.Popen(
        [*COMMAND, "up"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(folder, STAMMKUNDE_API_PORT="0"),
    ) as process:
        assert process.stdout is not None
        while "Everything is ready" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        stack = json.loads((folder / "stack.json").read_text())
        keys = [created(folder, kind) for kind in ("write", "admin", "read")]
        yield Shop(stack["api"], stack["kafka"], *keys)
        process.terminate()
        process.communicate(timeout=LONGEST_WAIT_S)


def created(folder: Path, kind: str) -> str:
    """A new key."""
    finished = run(folder, "keys", "create", "--kind", kind)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()[-1]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How to run the program for Node, with exactly the libraries of its lock."""
    folder = tmp_path_factory.mktemp("node")
    install(HERE / "node", folder)
    return [NODE, str(folder / "segment.mjs")]


PROGRAMS = {
    "segment-python": [sys.executable, str(HERE / "segment_python.py")],
    "rudderstack": [sys.executable, str(HERE / "rudderstack_python.py")],
    "segment-node": None,
}


def send(command: list[str], url: str, key: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, url, key], capture_output=True, text=True, timeout=LONGEST_WAIT_S, check=False
    )


@pytest.mark.parametrize("person", sorted(PROGRAMS))
async def test_what_a_library_sends_is_in_kafka_and_in_the_customers_state(
    shop: Shop, node: list[str], person: str
) -> None:
    finished = send(PROGRAMS[person] or node, shop.url, shop.write_key)
    assert finished.returncode == 0, finished.stderr
    sent = await messages_of(shop, topics.SHOP_EVENTS, person)
    assert {each.get("event") or each["type"] for each in sent} == {
        *("identify", "Order Completed", "Page Viewed", "Screen Viewed", "alias")
    }
    assert len(await messages_of(shop, topics.SUPPORT_EVENTS, person)) == 1
    for each in sent:
        assert {"messageId", "timestamp", "originalTimestamp", "receivedAt"} <= each.keys()
        assert shop.write_key not in json.dumps(each)
    async with httpx.AsyncClient(base_url=shop.url, auth=(shop.admin_key, "")) as api:

        async def known() -> bool:
            answer = await api.get(f"/v1/customers/{person}")
            return (
                answer.status_code == 200 and answer.json()["activity"]["events"] == len(sent) + 1
            )

        await eventually(known, "the worker has counted all of it", LONGEST_WAIT_S)


async def test_a_message_that_comes_twice_counts_once(shop: Shop) -> None:
    """So whoever is not sure sends it again."""
    visit = {"type": "track", "event": "Store Visited", "messageId": "twice", "userId": "twice"}
    async with httpx.AsyncClient(base_url=shop.url) as api:
        for event in (visit, visit, visit | {"messageId": "once"}):
            answer = await api.post("/v1/events/shop", json=event, auth=(shop.write_key, ""))
            assert answer.json() == {"success": True}
        assert len(await messages_of(shop, topics.SHOP_EVENTS, "twice")) == 3

        async def known() -> bool:
            answer = await api.get("/v1/customers/twice", auth=(shop.admin_key, ""))
            return bool(answer.is_success and answer.json()["activity"]["events"] == 2)

        await eventually(known, "two of them have been counted", LONGEST_WAIT_S)


async def test_only_a_key_that_may_write_is_accepted(shop: Shop) -> None:
    statuses = {"": 401, "unknown": 401, shop.read_key: 403, shop.write_key: 200}
    async with httpx.AsyncClient(base_url=shop.url) as api:
        for key, status in statuses.items():
            answer = await api.post("/v1/batch", json={"batch": []}, auth=(key, ""))
            assert answer.status_code == status, answer.text
            content = answer.json()
            assert (
                content == {"success": True}
                if status == 200
                else content["code"] and content["message"]
            )


async def messages_of(shop: Shop, topic: str, person: str) -> list[dict[str, Any]]:
    """What is in a topic of one person, by the key."""
    async with Log.open(shop.kafka, topic, 8) as log:
        records = (await log.to_end()).records
    return [json.loads(each.value or b"") for each in records if each.key == person.encode()]


@pytest.mark.parametrize("person", sorted(PROGRAMS))
def test_a_library_with_a_wrong_key_gets_an_error(shop: Shop, node: list[str], person: str) -> None:
    finished = send(PROGRAMS[person] or node, shop.url, "sk_write_wrong")
    assert finished.returncode != 0
    assert "401" in finished.stderr
