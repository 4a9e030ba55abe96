"""Kafka goes away, freezes and comes back: acknowledged records are there, others are refused."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from schemas import topics
from services.ingest.event_producer import NEEDED, EventProducer, Record, TopicsMissing
from services.platform.http.problems import KafkaAway, Unavailable
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.tasks import end
from services.tools.local_stack import Addresses, KafkaServer
from tests.services.api.conftest import Model
from tests.services.frozen import frozen
from tests.services.ingest.conftest import until_up as until_it_acknowledges
from tests.services.ingest.messages import order
from tests.services.projector.world import World, eventually
from tests.topology.batching.kafka import Log, create_topics
from tests.waits import AT_ONCE_S, LONGEST_WAIT_S

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

TIMEOUT_S = 0.5
HOOKS = "/v1/webhooks/subscriptions"
SALT = "a salt that nobody guesses"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    """A Kafka of these tests' own, without topics at first."""
    server = KafkaServer(Path(tmp_path_factory.mktemp("kafka")))
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def open_producer(kafka: KafkaServer) -> AsyncIterator[EventProducer]:
    producer = EventProducer(kafka.address, timeout_s=TIMEOUT_S)
    keeping = asyncio.create_task(producer.keep())
    try:
        yield producer
    finally:
        await end([keeping])


def record(number: int) -> Record:
    return Record(topics.SHOP_EVENTS, b"c", b"%d" % number)


async def until_up(producer: EventProducer) -> None:
    async def up() -> bool:
        return producer.up

    await eventually(up, "Kafka acknowledges")


async def acknowledged(producer: EventProducer, number: int) -> None:
    """Send it until Kafka acknowledges it, which a busy machine may not do in time at first."""

    async def put() -> bool:
        try:
            await producer.put([record(number)])
        except Unavailable:
            return False
        return True

    await eventually(put, "Kafka acknowledges a record")


async def written(kafka: KafkaServer) -> list[int]:
    async with Log.open(kafka.address, topics.SHOP_EVENTS, 1) as log:
        return [int(each.value or b"") for each in (await log.to_end()).records]


async def refused(work: Callable[[], Awaitable[None]]) -> Unavailable:
    """The problem that it ends with."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        with pytest.raises(Unavailable) as caught:
            await work()
    return caught.value


async def test_missing_topics_are_named_and_used_once_they_are_there(kafka: KafkaServer) -> None:
    async with open_producer(kafka) as producer:

        async def named() -> bool:
            problem = await refused(lambda: producer.put([record(0)]))
            return isinstance(problem, TopicsMissing) and topics.SHOP_EVENTS in problem.detail

        await eventually(named, "the missing topics are named")
        await create_topics(kafka.address, NEEDED, 1)
        await until_up(producer)
        await acknowledged(producer, 1)
    assert set(await written(kafka)) == {1}


async def test_a_frozen_kafka_is_given_up_on_and_found_again(kafka: KafkaServer) -> None:
    async with open_producer(kafka) as producer:
        await until_up(producer)
        await acknowledged(producer, 2)
        with frozen(kafka.pid):
            assert isinstance(await refused(lambda: producer.put([record(3)])), KafkaAway)
            async with asyncio.timeout(AT_ONCE_S):
                for _ in range(200):
                    await refused(lambda: producer.put([record(4)]))
        await until_up(producer)
        await acknowledged(producer, 5)
    found = await written(kafka)
    assert set(found) >= {2, 5}
    assert 4 not in found


async def test_a_kafka_that_dies_loses_nothing_that_was_acknowledged(kafka: KafkaServer) -> None:
    acknowledged: list[int] = []
    refusals: list[Unavailable] = []

    async def send(producer: EventProducer, first: int) -> None:
        for number in range(first, first + 5_000):
            try:
                await producer.put([record(number)])
            except Unavailable as problem:
                refusals.append(problem)
                await asyncio.sleep(0.02)
            else:
                acknowledged.append(number)

    async with open_producer(kafka) as producer:
        await until_up(producer)
        senders = [asyncio.create_task(send(producer, 10_000 * each)) for each in range(1, 5)]

        async def some() -> bool:
            return len(acknowledged) > 50

        await eventually(some, "records are acknowledged")
        kafka.kill()

        async def is_refused() -> bool:
            return len(refusals) > 5

        await eventually(is_refused, "the producer says that Kafka is away")
        before = len(acknowledged)
        await kafka.start()

        async def more() -> bool:
            return len(acknowledged) > before + 50

        await eventually(more, "records are acknowledged again")
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
    assert set(acknowledged) <= set(await written(kafka))


async def test_a_frozen_kafka_is_reported_soon_and_then_at_once(
    kafka: KafkaServer, stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is to be written: events, suppressions, erasures, webhooks."""
    monkeypatch.setenv("STAMMKUNDE_WEBHOOK_PRIVATE_ADDRESSES", "allow")
    hook = {"url": "http://127.0.0.1:1/hook"}
    async with Redis.from_url(stack.redis) as redis:
        world = World(kafka.address, stack.redis, redis)
        await ensure_topics(kafka.address, topics.catalogue(world.app_id), 1)
        await Model(world).begin()
        async with world.serving(erasure_salt=SALT) as api:
            await until_it_acknowledges(api)
            made = (await api.post(HOOKS, json=hook)).json()["id"]
            requests: list[tuple[str, str, object]] = [
                ("POST", "/v1/track", order(3)),
                ("POST", "/v1/customers/c-1/suppress", {"reason": "by letter"}),
                ("POST", "/v1/customers/c-1/erase", None),
                ("POST", HOOKS, hook),
                ("PATCH", f"{HOOKS}/{made}", {"enabled": False}),
                ("POST", f"{HOOKS}/{made}/rotate-secret", {}),
                ("DELETE", f"{HOOKS}/{made}", None),
            ]

            async def refuses(method: str, path: str, body: object) -> None:
                answer = await api.request(method, path, json=body)
                assert answer.status_code == 503, answer.text
                assert answer.json()["type"] == "urn:stammkunde:problem:kafka-away"

            with frozen(kafka.pid):
                await asyncio.gather(*(refuses(*each) for each in requests))
                began = time.monotonic()
                for each in requests * 5:  # With a second each it would be more.
                    await refuses(*each)
                assert time.monotonic() - began < AT_ONCE_S
                assert (await api.get("/healthz")).status_code == 200
                assert (await api.get("/v1/segments")).status_code == 200
                text = (await api.get("/metrics")).text
                assert 'stammkunde_breaker_open{server="kafka"} 1.0' in text
                assert 'stammkunde_breaker_open{server="redis"} 0.0' in text

            async def taken() -> bool:
                return (await api.post("/v1/track", json=order(4))).status_code == 200

            await eventually(taken, "it takes events again")
            assert (await api.post("/v1/customers/c-1/erase")).status_code == 202
            assert (await api.delete(f"{HOOKS}/{made}")).status_code == 204


async def test_reading_goes_on_while_kafka_is_away_and_sending_is_refused(
    kafka: KafkaServer, stack: Addresses
) -> None:
    """And the API ends in order all the same."""
    async with Redis.from_url(stack.redis) as redis:
        world = World(kafka.address, stack.redis, redis)
        await ensure_topics(kafka.address, topics.catalogue(world.app_id), 1)
        await Model(world).begin()
        async with world.serving() as api:
            await until_it_acknowledges(api)
            assert (await api.post("/v1/track", json=order(1))).json() == {"success": True}
            kafka.kill()
            for path, body in (
                ("/v1/track", order(2)),
                ("/v1/track", order(2)),
                ("/v1/customers/c-1/suppress", {"reason": "by letter"}),
            ):
                answer = await api.post(path, json=body)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                assert answer.json()["type"] == "urn:stammkunde:problem:kafka-away"
            assert (await api.get("/v1/segments")).status_code == 200
            text = (await api.get("/metrics")).text
            assert "stammkunde_ingest_kafka_up 0.0" in text
