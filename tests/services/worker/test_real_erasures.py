"""Somebody is forgotten by real workers, over HTTP, and stays forgotten."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from schemas import topics
from services.platform.settings import Settings
from services.read_model.keys import Keys
from services.tools.local_stack import ValkeyServer
from tests.conftest import held
from tests.services.worker.around import answering, emptied, running_kafka
from tests.services.worker.process import WorkerProcess
from tests.services.worker.remains import excused, forget_soon, named_in, unexcused
from tests.topology.batching.kafka import Sent, send
from tests.topology.domain.messages import Json, order
from tests.waits import LONGEST_WAIT_S
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS
from topology.domain.rows.erased import is_tombstone
from topology.domain.steps.promotion_gate import REASONS, SUPPRESSED

pytestmark = [pytest.mark.e2e]

PARTITIONS = 4
APP = "forgetful"
SALT = "a salt of the test, long enough"
ROUTER = RecordRouter(PARTITIONS, DEFAULTS)
START = datetime.now(UTC) - timedelta(days=7)
NAMES = ("anon-7", "old-7", "anna-7")
OF_THE_PERSON = (*NAMES, "anna@seven.example", "Ännchen Sieben")
"""Names, an address and a trait. They stand in messages, and nowhere else."""
SETTINGS = Settings(app_id=APP, api_port=0, erasure_salt=SecretStr(SALT))


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    """A Kafka of this test's own: what is left in its folder is looked at."""
    with (
        held(running_kafka(tmp_path)) as address,
        held(emptied(address, APP, PARTITIONS)),
    ):
        yield address


def sent(message: Json) -> Sent:
    profile = (message.get("userId") or message["anonymousId"]).encode()
    value = json.dumps(message).encode()
    return Sent(topics.SHOP_EVENTS, ROUTER.home(profile), profile, value)


def messages() -> list[Json]:
    """What one person does under three names that become one, and what another one does."""
    at = START.isoformat()
    visitor = {**order(START, "a"), "anonymousId": "anon-7"}
    del visitor["userId"]
    return [
        visitor,
        order(START, "b", profile="old-7"),
        order(START, "c", profile="anna-7"),
        message_of("identify", at, userId="old-7", anonymousId="anon-7"),
        message_of("alias", at, previousId="old-7", userId="anna-7"),
        {
            **message_of("identify", at, userId="anna-7"),
            "messageId": "traits",
            "traits": {"email": "anna@seven.example", "name": "Ännchen Sieben"},
        },
        order(START, "d", profile="bert"),
    ]


def message_of(kind: str, at: str, **more: str) -> Json:
    return {"type": kind, "messageId": kind, "timestamp": at, **more}


async def until(ask: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Ask until the answer is something."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    assert found, what
    return found


async def counted(api: httpx.AsyncClient, name: str, events: int) -> Any:
    async def ask() -> Any:
        answer = await api.get(f"/v1/customers/{name}")
        found = answer.json()
        return answer.status_code == 200 and found["activity"]["events"] == events and found

    return await until(ask, f"{name} has {events} events")


async def erase(api: httpx.AsyncClient, name: str) -> Any:
    asked = await api.post(f"/v1/customers/{name}/erase")
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] in {"requested", "done"}

    async def done() -> Any:
        answer = (await api.get(asked.headers["location"])).json()
        return answer["status"] != "requested" and answer

    return await until(done, "the erasure is done")


async def on_the_list(api: httpx.AsyncClient, name: str, reason: str | None) -> bool:
    """True if somebody, and nobody else, is on the suppression list, for this reason."""
    items = (await api.get("/v1/suppressions")).json()["items"]
    return [(each["customer_id"], each["reason"]) for each in items] == [(name, reason)]


async def explained(api: httpx.AsyncClient, name: str) -> Any:
    """Why a promotion does not fire."""
    items = (await api.get(f"/v1/customers/{name}/why")).json()["items"]
    return next(each for each in items if each["promotional"])


async def gone(api: httpx.AsyncClient) -> bool:
    """True once nothing is found under any of the names."""
    for name in NAMES:
        if (await api.get(f"/v1/customers/{name}")).status_code != 404:
            return False
        for what in ("transitions", "triggers"):
            found = await api.get(f"/v1/customers/{name}/{what}")
            if found.status_code != 404 and found.json()["items"]:
                return False
    everyones = (await api.get("/v1/triggers", params={"limit": 1000})).json()["items"]
    return not any(each["customer_id"] in NAMES for each in everyones)


async def names_in(redis: str) -> set[str]:
    """Which of the names stand anywhere in Redis, in keys or in what they hold."""
    client = Redis.from_url(redis)
    found = set()
    async for key in client.scan_iter(match=Keys.of(APP).prefix + "*"):
        dump = key + (await client.dump(key) or b"")
        found |= {name for name in NAMES if name.encode() in dump}
    await client.aclose()
    return found


async def is_nameless(redis: str) -> bool:
    """True once none of the names stands anywhere in Redis."""
    return not await names_in(redis)


async def test_who_is_forgotten_stays_forgotten(kafka: str, tmp_path: Path) -> None:
    """Whatever is sent again, also to a worker and a read model that begin again.

    So does that they want no promotion, until somebody takes them off the suppression list.
    """
    app = {"STAMMKUNDE_APP_ID": APP, "STAMMKUNDE_ERASURE_SALT": SALT}
    valkey = ValkeyServer(tmp_path / "valkey")
    await valkey.start()
    async with answering(SETTINGS, kafka=kafka, redis=valkey.url) as api:
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            await forget_soon(kafka, APP)
            await send(kafka, [sent(each) for each in messages()])
            await counted(api, "anon-7", 6)
            asked = await api.post("/v1/customers/anon-7/suppress", json={"reason": "by letter"})
            assert asked.status_code == 202, asked.text
            await until(lambda: on_the_list(api, "anna-7", "by letter"), "they are on the list")
            assert (await explained(api, "anna-7"))["would_be_held_by"] == REASONS[SUPPRESSED]
            await worker.terminate()
        assert _in_snapshots(tmp_path), "the worker that starts finds them there"
        with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
            erasure = await erase(api, "old-7")
            assert erasure["status"] == "done"
            assert erasure["erased_at"] >= erasure["requested_at"]
            await until(lambda: gone(api), "nothing is found")
            await until(lambda: is_nameless(valkey.url), "Redis names nobody")
            await _nothing_remains(tmp_path)
            await worker.terminate()
    assert not _in_snapshots(tmp_path), "nor in those of the stop"
    with WorkerProcess.started(kafka, tmp_path, "one", **app) as worker:
        async with answering(SETTINGS, kafka=kafka, redis=valkey.url) as api:
            await send(kafka, [sent(each) for each in messages()])
            await send(kafka, [sent(order(START, "e", profile="bert"))])
            await counted(api, "bert", 2)
            await send(kafka, [sent(order(datetime.now(UTC), "new", profile="anna-7"))])
            found = await counted(api, "anna-7", 1)
            assert found["lifetime"]["orders"] == 1
            assert found["names"] == ["anna-7"]
            assert await on_the_list(api, "anna-7", None), "they are on it though they were erased"
            assert (await api.post("/v1/customers/bert/suppress")).status_code == 202
            assert (await api.post("/v1/customers/anna-7/unsuppress")).status_code == 202
            await until(lambda: on_the_list(api, "bert", None), "bert alone is on the list")
            before = await histories(api)
        await worker.terminate()
    await _rebuild(kafka, valkey, before)
    await valkey.stop()


def _in_snapshots(folder: Path) -> bool:
    """Whether a worker's snapshot names the person."""
    return any("/snapshots/one/" in file for file in named_in(folder, OF_THE_PERSON))


async def _nothing_remains(folder: Path) -> None:
    """Of all files of Kafka, Valkey and the roles only those name them that the document excuses.

    What is searched must be found where it is, or the search would prove nothing.
    """
    there = {file.rpartition("-")[0] for file in named_in(folder, OF_THE_PERSON)}
    assert f"kafka/log/{topics.SHOP_EVENTS}" in there
    assert topics.SHOP_EVENTS in excused()
    assert topics.changelog(APP) not in excused()

    async def nowhere_else() -> bool:
        return not await asyncio.to_thread(unexcused, folder, OF_THE_PERSON)

    try:
        await until(nowhere_else, "nothing remains")
    except TimeoutError:
        raise AssertionError(unexcused(folder, OF_THE_PERSON)) from None


async def histories(api: httpx.AsyncClient) -> Any:
    found = [
        (await api.get(f"/v1/customers/{each}/transitions")).json() for each in ("anna-7", "bert")
    ]
    return [each["items"] for each in found]


async def _rebuild(kafka: str, valkey: ValkeyServer, before: Any) -> None:
    client = Redis.from_url(valkey.url)
    await client.flushall()
    await client.aclose()
    async with answering(SETTINGS, kafka=kafka, redis=valkey.url) as api:
        await counted(api, "anna-7", 2)
        assert await on_the_list(api, "bert", None)
        for name in ("anon-7", "old-7"):
            assert (await api.get(f"/v1/customers/{name}")).status_code == 404
        assert await histories(api) == before
    assert await names_in(valkey.url) <= {"anna-7"}
    assert is_tombstone((await marks(valkey.url))[0])


async def marks(redis: str) -> list[bytes]:
    client = Redis.from_url(redis)
    found: Any = await client.hkeys(Keys.of(APP).erased)
    await client.aclose()
    assert len(found) == len(NAMES)
    return list(found)
