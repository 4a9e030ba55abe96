"""Names joined by real workers, over partitions that are not one worker's, and then asked for."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import topics
from services.platform.settings import Settings
from services.tools.local_stack import ValkeyServer
from tests.conftest import held
from tests.services.worker.around import answering, emptied
from tests.services.worker.process import WorkerProcess, headers_of
from tests.topology.batching.kafka import Log, Sent, send
from tests.topology.domain.messages import Json, order
from topology.agents.record_router import RecordRouter
from topology.agents.sizes import DEFAULTS

pytestmark = [pytest.mark.e2e]

PARTITIONS = 4
APP = "people"
SETTINGS = Settings(app_id=APP, api_port=0)
PEOPLE = 30
ROUTER = RecordRouter(PARTITIONS, DEFAULTS)
START = datetime.now(UTC) - timedelta(days=7)


def day(number: int) -> datetime:
    """So many days after a week ago: the workers' clock is the machine's."""
    return START + timedelta(days=number)


@pytest.fixture
def kafka(kafka_in_turns: str) -> Iterator[str]:
    """A Kafka that has no other topics."""
    with held(emptied(kafka_in_turns, APP, PARTITIONS)) as address:
        yield address


def sent(message: Json) -> Sent:
    profile = (message.get("userId") or message["anonymousId"]).encode()
    value = json.dumps(message).encode()
    return Sent(topics.SHOP_EVENTS, ROUTER.home(profile), profile, value)


def anonymous(message: Json, name: str) -> Json:
    rest = {key: value for key, value in message.items() if key != "userId"}
    return rest | {"anonymousId": name}


def message_of(kind: str, number: int, **more: str) -> Json:
    at = day(3).isoformat()
    return {"type": kind, "messageId": f"{kind}-{number}-{more}", "timestamp": at, **more}


def messages_of(number: int) -> tuple[list[Json], list[Json]]:
    """What somebody does under three names, before and after they are joined in a circle."""
    anon, old, new = (f"{kind}-{number}" for kind in ("anon", "old", "user"))
    before = [
        anonymous(order(day(0), f"{number}-a"), anon),
        order(day(1), f"{number}-b", profile=old),
        order(day(2), f"{number}-c", profile=new),
    ]
    joins = [
        message_of("identify", number, userId=old, anonymousId=anon),
        message_of("alias", number, previousId=old, userId=new),
        message_of("alias", number, previousId=new, userId=old) | {"timestamp": day(2).isoformat()},
    ]
    after = [
        anonymous(order(day(4), f"{number}-d"), anon),
        order(day(5), f"{number}-e", profile=old),
        order(day(6), f"{number}-f", profile=new),
    ]
    return [*before, *joins], after


async def until_all_events_count(api: httpx.AsyncClient, events: int) -> list[Json]:
    """Ask until all people are one each, and have had this many events."""
    found: list[Any] = []
    for _ in range(600):
        answer = await api.get("/v1/customers", params={"limit": 1000})
        found = answer.json()["items"] if answer.status_code == 200 else []
        if len(found) == PEOPLE and all(each["activity"]["events"] == events for each in found):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError([(each["names"], each["activity"]) for each in found])


async def test_names_are_joined_over_partitions_and_workers(kafka: str, tmp_path: Path) -> None:
    """Two workers, of which one is killed meanwhile: nothing is lost, and nothing counts twice."""
    app = {"STAMMKUNDE_APP_ID": APP}
    begun = [messages_of(number) for number in range(PEOPLE)]
    valkey = ValkeyServer(tmp_path / "valkey")
    await valkey.start()
    with (
        WorkerProcess.started(kafka, tmp_path, "one", **app) as one,
        WorkerProcess.started(kafka, tmp_path, "two", **app) as two,
    ):
        async with answering(
            Settings(app_id=APP, api_port=0), kafka=kafka, redis=valkey.url
        ) as api:
            await one.until_ready(1)
            await two.until_ready(1)
            await send(kafka, [sent(each) for before, _ in begun for each in before])
            one.process.kill()
            with WorkerProcess.started(kafka, tmp_path, "one", **app) as again:
                await until_all_events_count(api, 6)
                await send(kafka, [sent(each) for _, after in begun for each in after])
                people = await until_all_events_count(api, 9)
                for number, name in enumerate(("anon", "old", "user")):
                    await _check(api, f"{name}-{number}", number)
                await _check_topics(kafka)
                await again.terminate()
        await two.terminate()
    await valkey.stop()

    assert {each["lifetime"]["orders"] for each in people} == {6}
    assert {each["segment"] for each in people} == {"champions"}
    assert sorted(each["customer_id"] for each in people) == sorted(
        f"user-{number}" for number in range(PEOPLE)
    )


async def _check(api: httpx.AsyncClient, name: str, number: int) -> None:
    found = (await api.get(f"/v1/customers/{name}")).json()
    assert found["customer_id"] == f"user-{number}"
    assert found["names"] == [f"anon-{number}", f"old-{number}", f"user-{number}"]
    moves = (await api.get(f"/v1/customers/{name}/transitions")).json()["items"]
    assert {each["customer_id"] for each in moves} <= set(found["names"])
    times = [each["effective_at"] for each in moves]
    assert times == sorted(times)


async def _check_topics(kafka: str) -> None:
    """Each under its customer's key, in that key's partition, with numbers that come once."""
    async with (
        Log.open(kafka, topics.TRANSITIONS, PARTITIONS) as transitions,
        Log.open(kafka, topics.DEAD_LETTERS, PARTITIONS) as letters,
    ):
        await transitions.to_last_end()
        await letters.to_last_end()
    assert [headers_of(each) for each in letters.records] == []
    numbers, causes = [], set()
    for record in transitions.records:
        value = json.loads(record.value)
        assert record.key == value["customer_id"].encode()
        assert record.partition == ROUTER.home(record.key)
        numbers.append((value["customer_id"], value["sequence"]))
        causes.add(value["cause"])
    assert "merge" in causes
    assert len(numbers) == len(set(numbers))
