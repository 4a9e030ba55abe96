"""Webhook subscriptions over real HTTP, kept in a real Kafka."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import PROGRESS, catalogue
from services.platform.kafka.topics.ensure import ensure_topics
from services.webhooks.partition_queue import LastFailure, OpenTrigger, PartitionQueue
from services.webhooks.progress import Exhausted, progress_of
from services.webhooks.set_aside import Fault
from services.webhooks.topics import encoded, exhausted_key, fault_key, queue_key
from tests.services.api.test_problems import check
from tests.services.projector.world import World, eventually
from tests.services.webhooks.receiver import Answer, receiving
from tests.topology.batching.kafka import producing
from tests.waits import LONGEST_WAIT_S

pytestmark = pytest.mark.e2e
PATH = "/v1/webhooks/subscriptions"
HOOK = "http://127.0.0.1:1/hook"


@pytest.fixture
async def hooks(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """An API that may send to this machine. What a test makes is deleted after it."""
    monkeypatch.setenv("STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES", "allow")
    await ensure_topics(world.kafka, catalogue("webhooks-test"), 8)
    async with world.serving() as client:
        yield client
        for one in (await client.get(PATH)).json()["items"]:
            await client.delete(f"{PATH}/{one['id']}")


async def made(api: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await api.post(PATH, json={"url": HOOK, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{found['id']}"
    return found


async def test_a_secret_is_shown_once_and_never_again(hooks: httpx.AsyncClient) -> None:
    one = await made(hooks, rules=["win_back"], kinds=["gift"], description="mail")
    assert one["secret"].startswith("whsec_")
    del one["secret"]
    assert one["state"] == "on"
    assert (await hooks.get(f"{PATH}/{one['id']}")).json() == one
    assert (await hooks.get(PATH)).json() == {"items": [one]}


async def test_the_state_of_the_deliveries_is_reported(
    hooks: httpx.AsyncClient, world: World
) -> None:
    one = await made(hooks)
    unknown: dict[str, Any] = {"last_success_at": None, "last_error": None, "set_aside": []}
    backlog = {"triggers": 0, "unread": 0, "oldest_at": None, "oldest_age_s": None}
    assert {name: one[name] for name in (*unknown, "backlog")} == {**unknown, "backlog": backlog}

    at = datetime(2026, 11, 22, tzinfo=UTC)
    waiting = {3: OpenTrigger(3, "c-1", "t-1", appended_ms=int(at.timestamp() * 1000))}
    queue = PartitionQueue(
        9, waiting, delivered_at=at, failure=LastFailure(at=at, reason="status 503")
    )
    fault = Fault(at=at, reason="KeyError in f (g.py:1)", count=3, again_at=at)
    async with producing(world.kafka) as producer:
        for key, value in (
            (queue_key(one["id"], 2), progress_of(queue)),
            (fault_key(one["id"], 2), fault),
        ):
            await producer.send_and_wait(PROGRESS, encoded(value), key.encode(), partition=2)

    async def subscription() -> dict[str, Any]:
        found: dict[str, Any] = (await hooks.get(f"{PATH}/{one['id']}")).json()
        return found

    async def is_set_aside() -> bool:
        return bool((await subscription())["set_aside"])

    await eventually(is_set_aside, "the subscription says so")
    found = await subscription()
    text = "2026-11-22T00:00:00Z"
    assert found["last_success_at"] == text
    assert found["last_error"] == {"at": text, "reason": "status 503"}
    assert found["backlog"].pop("oldest_age_s") > 0
    assert found["backlog"] == {"triggers": 1, "unread": 0, "oldest_at": text}
    assert found["set_aside"] == [
        {
            "partition": 2,
            "at": text,
            "reason": "KeyError in f (g.py:1)",
            "faults": 3,
            "next_attempt_at": text,
        }
    ]
    assert (await hooks.get(PATH)).json()["items"][0]["last_success_at"] == text


async def test_what_is_left_out_of_a_change_stays(hooks: httpx.AsyncClient) -> None:
    one = await made(hooks, rules=["win_back"], kinds=["gift"])
    del one["secret"]
    path = f"{PATH}/{one['id']}"
    off = await hooks.patch(path, json={"enabled": False, "rules": None})
    assert off.json() == {**one, "rules": None, "state": "off"}
    on = await hooks.patch(path, json={"enabled": True, "url": f"{HOOK}/2", "description": None})
    assert on.json() == {**one, "rules": None, "url": f"{HOOK}/2"}
    assert (await hooks.get(path)).json() == on.json()


async def test_what_was_deleted_is_unknown(hooks: httpx.AsyncClient) -> None:
    path = f"{PATH}/{(await made(hooks))['id']}"
    assert (await hooks.delete(path)).status_code == 204
    for answer in (
        await hooks.get(path),
        await hooks.delete(path),
        await hooks.patch(path, json={}),
        await hooks.post(f"{path}/ping"),
        await hooks.post(f"{path}/rotate-secret"),
        await hooks.get(f"{path}/exhausted"),
        await hooks.post(f"{path}/exhausted/resend"),
    ):
        check(answer, 404, "unknown-subscription")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({}, "url", "Field required"),
        ({"url": "ftp://shop.example"}, "url", "https://"),
        ({"url": "https://me:pw@shop.example"}, "url", "no user or password"),
        ({"url": "http://nobody.invalid/"}, "url", "leads nowhere"),
        ({"url": HOOK, "rules": ["nonsense"]}, "rules", "win_back"),
        ({"url": HOOK, "kinds": ["nonsense"]}, "kinds.0", "discount_code"),
        ({"url": HOOK, "secret": "mine"}, "secret", "not known"),
    ],
)
async def test_what_cant_be_used_is_named(
    hooks: httpx.AsyncClient, fields: dict[str, Any], field: str, message: str
) -> None:
    problem = check(await hooks.post(PATH, json=fields), 422, "invalid-request")
    [error] = problem["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert "pw" not in str(problem)


async def test_an_address_that_is_not_public_is_refused(world: World) -> None:
    """By its number, by its name, and when a subscription is changed."""
    await ensure_topics(world.kafka, catalogue("webhooks-test"), 8)
    async with world.serving() as api:
        for host in (
            "127.0.0.1",
            "localhost",
            "[::ffff:10.0.0.1]",
            "169.254.169.254",
            "2130706433",
        ):
            answer = await api.post(PATH, json={"url": f"http://{host}/"})
            problem = check(answer, 422, "invalid-request")
            assert "STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES" in problem["detail"]


async def test_a_ping_says_how_it_ended(hooks: httpx.AsyncClient) -> None:
    answers = [Answer(418), Answer(200)]
    with receiving(lambda _: answers.pop()) as receiver:
        one = await made(hooks, url=receiver.url)
        good, bad = [(await hooks.post(f"{PATH}/{one['id']}/ping")).json() for _ in range(2)]
    assert good == {"delivered": True, "status": 200, "reason": None}
    assert bad == {"delivered": False, "status": 418, "reason": "status 418"}
    body = receiver.got[0].verified_with(one["secret"])
    assert body["type"] == "webhook.ping"
    assert body["data"] == {"subscription_id": one["id"]}
    nobody = await made(hooks)
    reason = (await hooks.post(f"{PATH}/{nobody['id']}/ping")).json()["reason"]
    assert reason == "no connection, or no valid certificate"


async def test_both_secrets_sign_after_a_rotation(hooks: httpx.AsyncClient) -> None:
    with receiving() as receiver:
        old = await made(hooks, url=receiver.url)
        path = f"{PATH}/{old['id']}"
        new = (await hooks.post(f"{path}/rotate-secret", json={"overlap_s": 60})).json()
        assert new["secret"] != old["secret"]
        assert new["previous_secret_until"]
        await hooks.post(f"{path}/ping")
        last = (await hooks.post(f"{path}/rotate-secret", json={"overlap_s": 0})).json()
        assert last["previous_secret_until"] is None
        await hooks.post(f"{path}/ping")
    both, alone = receiver.got
    assert both.verified_with(new["secret"]) == both.verified_with(old["secret"])
    assert alone.verified_with(last["secret"])
    assert not alone.is_signed_with(new["secret"])


async def test_what_was_given_up_is_listed_page_by_page_and_can_be_sent_again(
    world: World, hooks: httpx.AsyncClient
) -> None:
    one = await made(hooks)
    path = f"{PATH}/{one['id']}/exhausted"
    async with producing(world.kafka) as producer:
        for partition, offset in ((0, 7), (0, 30), (1, 2)):
            await give_up(producer, one["id"], partition, offset)
    async with asyncio.timeout(LONGEST_WAIT_S):
        while len((await hooks.get(path)).json()["items"]) < 3:
            await asyncio.sleep(0.02)
    first = (await hooks.get(path, params={"limit": 2})).json()
    assert [each["id"] for each in first["items"]] == ["0-7", "0-30"]
    assert first["items"][0]["reason"] == "status 500"
    rest = (await hooks.get(path, params={"after": first["next"]})).json()
    assert [each["id"] for each in rest["items"]] == ["1-2"]
    assert rest["next"] is None

    again = await hooks.post(f"{path}/0-7/resend")
    assert (again.status_code, again.json()) == (202, {"count": 1})
    assert (await hooks.post(f"{path}/resend")).json() == {"count": 3}
    for unknown in ("0-8", "nonsense"):
        check(await hooks.post(f"{path}/{unknown}/resend"), 404, "unknown-delivery")
    check(await hooks.get(path, params={"after": "x"}), 422, "invalid-request")


async def give_up(producer: AIOKafkaProducer, whose: str, partition: int, offset: int) -> None:
    given_up = Exhausted.model_validate(
        {
            "webhook_id": f"t-{offset}",
            "rule": "win_back",
            "partition": partition,
            "offset": offset,
            "attempts": 31,
            "first_at": "2026-11-21T12:00:00Z",
            "last_at": "2026-11-22T12:00:00Z",
            "reason": "status 500",
        }
    )
    key = exhausted_key(whose, partition, offset).encode()
    await producer.send_and_wait(PROGRESS, encoded(given_up), key, partition)


async def test_there_is_room_for_fifty(hooks: httpx.AsyncClient) -> None:
    made_ = [await hooks.post(PATH, json={"url": HOOK}) for _ in range(51)]
    assert {each.status_code for each in made_[:-1]} == {201}
    check(made_[-1], 409, "too-many-subscriptions")


async def test_while_kafka_is_away_nothing_is_taken(
    world: World, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES", "allow")
    away = World(f"127.0.0.1:{unused_tcp_port}", world.redis_url, world.redis)
    async with away.serving() as api:
        assert (await api.get("/healthz")).status_code == 200
        for answer in (await api.get(PATH), await api.post(PATH, json={"url": HOOK})):
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
