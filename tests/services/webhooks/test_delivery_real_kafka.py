"""Delivery from a real Kafka to real HTTP servers."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest
from aiokafka import ConsumerRecord

from services.webhooks.message import WebhookMessage, message_of
from services.webhooks.partition_queue import MAX_IN_FLIGHT, MAX_OPEN
from services.webhooks.topics import encoded, resend_key
from tests.services.projector.records import trigger
from tests.services.webhooks.receiver import OK, Answer, Got, receiving
from tests.services.webhooks.world import PARTITIONS, World, triggers
from tests.topology.batching.kafka import producing, send_all

pytestmark = pytest.mark.e2e


async def test_each_trigger_arrives_signed_and_once(world: World) -> None:
    with receiving() as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1", "c-2", "c-3"], each=3))
        async with world.delivering() as process:
            got = await receiver.until(9)
            await process.until_figure("delivered_total", subscription, 9)
            assert process.figure("backlog_age_seconds", subscription) == 0
        async with world.delivering():  # It continues where it was, and repeats nothing.
            await world.fire(*triggers(["c-1"], first=4))
            await receiver.until(10)
    for one in got:
        body = one.verified_with(subscription.secrets[0].text)
        assert body["type"] == "retention.trigger"
        assert body["timestamp"] == body["data"]["effective_at"]
        assert body["data"]["trigger_id"] == one.id
    assert len(receiver.got) == len(set(receiver.ids)) == 10


async def test_each_queue_decodes_each_trigger_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that it has to send twice."""
    decoded: list[tuple[int, int]] = []

    def counting(record: ConsumerRecord) -> WebhookMessage:
        decoded.append((record.partition, record.offset))
        return message_of(record)

    for module in ("delivery_queue", "delivery_worker", "journal", "erasure"):
        monkeypatch.setattr(f"services.webhooks.{module}.message_of", counting)
    world.chance = lambda: 0.0
    answers = [Answer(503)]
    with receiving(lambda _: answers.pop() if answers else OK) as one, receiving() as two:
        subscriptions = [await world.subscribe(each.url) for each in (one, two)]
        async with world.delivering() as process:
            await world.fire(*triggers(["c-1", "c-2", "c-3"], each=2))
            for subscription in subscriptions:
                await process.until_figure("delivered_total", subscription, 6)
    assert len(decoded) == 2 * len(set(decoded)) == 12


async def test_a_dead_endpoint_delays_no_other_and_takes_bounded_memory(world: World) -> None:
    many = triggers([f"c-{number}" for number in range(MAX_OPEN * PARTITIONS + 20)])
    with receiving() as dead, receiving() as healthy:
        dead.open.clear()
        slow = await world.subscribe(dead.url)
        await world.subscribe(healthy.url)
        async with world.delivering() as process:
            await world.fire(*many)
            await healthy.until(len(many))
            await process.until_figure("open", slow, MAX_OPEN * PARTITIONS)
            assert process.figure("open", slow) == MAX_OPEN * PARTITIONS
            assert len(dead.got) <= MAX_IN_FLIGHT * PARTITIONS
            dead.open.set()
            await dead.until(len(many))
            await process.until_figure("delivered_total", slow, len(many))
    assert len(dead.got) == len(set(dead.ids)) == len(many)


async def test_the_order_of_each_customer_is_kept_whatever_fails(world: World) -> None:
    chance = random.Random(7)
    taken: dict[str, list[int]] = defaultdict(list)

    def moody(one: Got) -> Answer:
        if chance.random() < 0.4:
            return Answer(500)
        taken[one.customer].append(one.body["data"]["attempt"])
        return OK

    world.chance = lambda: 0.0
    with receiving(moody) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1", "c-2", "c-3", "c-4"], each=8))
        async with world.delivering() as process:
            await process.until_figure("delivered_total", subscription, 32)
            assert process.figure("retried_total", subscription) == len(receiver.got) - 32
    assert taken == {f"c-{number}": list(range(1, 9)) for number in range(1, 5)}


async def test_a_refused_trigger_delays_only_its_customer(world: World) -> None:
    refused = triggers(["c-1"])[0].trigger_id
    with receiving(lambda one: Answer(422) if one.id == refused else OK) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1", "c-3"], each=3))  # Both in one partition.
        world.chance = lambda: 1.0
        async with world.delivering() as process:
            await process.until_figure("delivered_total", subscription, 3)
            assert process.figure("open", subscription) == 3
            assert {one.customer for one in receiver.got if one.id != refused} == {"c-3"}


async def test_410_switches_off_until_somebody_switches_on(world: World) -> None:
    answers = {"now": Answer(410)}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1", "c-2"], each=2))
        async with world.delivering() as process:
            await world.until(lambda directory: directory.is_gone(subscription))
            answers["now"] = OK
            on = {"enabled_at": world.clock.now()}
            await world.store(subscription.model_copy(update=on))
            await process.until_figure("delivered_total", subscription, 4)
    assert len(set(receiver.ids)) == 4


async def test_a_retry_after_is_honoured(world: World) -> None:
    answers = [Answer(429, {"Retry-After": "600"})]
    world.chance = lambda: 0.0
    with receiving(lambda _: answers.pop() if answers else OK) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(["c-1"]))
        async with world.delivering() as process:
            await process.until_figure("retried_total", subscription, 1)
            world.clock.skip(seconds=600)
            first, second = await receiver.until(2)
    assert first.id == second.id
    assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 600
    assert second.is_signed_with(subscription.secrets[0].text)


async def test_both_secrets_sign_while_they_rotate(world: World) -> None:
    with receiving() as receiver:
        old = await world.subscribe(receiver.url)
        new = await world.rotate(old, timedelta(hours=1))
        await world.fire(*triggers(["c-1"]))
        async with world.delivering():
            [both] = await receiver.until(1)
            for secret in (old.secrets[0], new.secrets[0]):
                assert both.verified_with(secret.text)["data"]["customer_id"] == "c-1"
            world.clock.skip(hours=1)
            await world.fire(*triggers(["c-1"], first=2))
            one = (await receiver.until(2))[1]
    assert one.is_signed_with(new.secrets[0].text)
    assert not one.is_signed_with(old.secrets[0].text)


async def test_an_exhausted_delivery_is_listed_and_can_be_sent_again(world: World) -> None:
    answers = {"now": Answer(503)}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(trigger("c-1", 1).model_copy(update={"trigger_id": "t-1"}))
        async with world.delivering() as process:
            await process.until_figure("retried_total", subscription, 1)
            world.clock.skip(hours=25)
            [exhausted] = await world.until_exhausted(subscription, 1)
            assert process.figure("failed_total", subscription) == 1
            answers["now"] = OK
            request = resend_key(subscription.id, exhausted.partition, exhausted.offset)
            await world.table.put(request, b'{"at":"2026-11-22T12:00:00Z"}')
            await world.until_exhausted(subscription, 0)
            await world.until(lambda directory: not directory.resends)
            await process.until_figure("delivered_total", subscription, 1)
    assert (exhausted.webhook_id, exhausted.attempts) == ("t-1", 2)
    assert exhausted.reason == "status 503"
    assert b"c-1" not in encoded(exhausted)
    assert receiver.ids == ["t-1"] * 3


async def test_a_host_with_a_private_address_is_refused_at_every_attempt(world: World) -> None:
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["93.184.215.14", "127.0.0.1"]

    world.chance = lambda: 0.0
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "hook.example")
        subscription = await world.subscribe(url)
        await world.fire(*triggers(["c-1"]))
        async with world.delivering(private=False, resolve=resolve) as process:
            await process.until_figure("retried_total", subscription, 3)
        assert not receiver.got
        assert len(asked) >= 3
        assert {host for host, _ in asked} == {"hook.example"}


async def test_it_connects_to_the_address_that_it_has_checked(world: World) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with receiving() as receiver:
        await world.subscribe(receiver.url.replace("127.0.0.1", "hook.example"))
        await world.fire(*triggers(["c-1"]))
        async with world.delivering(resolve=resolve):
            [one] = await receiver.until(1)
    assert one.headers["host"].startswith("hook.example:")


async def test_a_trigger_of_an_aborted_transaction_is_not_sent(world: World) -> None:
    async with producing(world.kafka, transactional_id=world.names.group + "-worker") as producer:
        async with producer.transaction():
            await send_all(producer, world.records(*triggers(["c-1"])))
        await producer.begin_transaction()
        await send_all(producer, world.records(*triggers(["c-1"], first=2)))
        await producer.abort_transaction()
        async with producer.transaction():
            await send_all(producer, world.records(*triggers(["c-1"], first=3)))
    with receiving() as receiver:
        await world.subscribe(receiver.url)
        async with world.delivering():
            await receiver.until(2)
    assert [one.body["data"]["attempt"] for one in receiver.got] == [1, 3]


async def test_a_redirect_is_not_followed(world: World) -> None:
    with receiving() as elsewhere:
        away = Answer(307, {"Location": elsewhere.url})
        with receiving(lambda _: away) as receiver:
            subscription = await world.subscribe(receiver.url)
            await world.fire(*triggers(["c-1"]))
            async with world.delivering() as process:
                await process.until_figure("retried_total", subscription, 1)
        assert not elsewhere.got


async def test_a_subscription_receives_the_triggers_that_it_wants(world: World) -> None:
    wanted, other, measured = triggers(["c-1", "c-2", "c-3"])
    other = other.model_copy(update={"rule": "wake_up"})
    measured = measured.model_copy(update={"holdout": True})
    with receiving() as some, receiving() as everything:
        await world.subscribe(some.url, rules=["win_back"])
        await world.subscribe(everything.url, holdout=True)
        async with world.delivering():
            await world.fire(wanted, other, measured, *triggers(["c-1"], first=2))
            await everything.until(4)
            await some.until(2)
    assert [one.customer for one in some.got] == ["c-1", "c-1"]


async def test_two_processes_share_the_work_and_one_takes_it_over(world: World) -> None:
    with receiving() as receiver:
        subscription = await world.subscribe(receiver.url)
        async with world.delivering() as first:
            async with world.delivering() as second:
                await first.until_partitions(1)
                await second.until_partitions(1)
                await world.fire(*triggers(["c-1", "c-2"], each=5))
                await first.until_figure("delivered_total", subscription, 5)
                await second.until_figure("delivered_total", subscription, 5)
            await first.until_partitions(2)
            await world.fire(*triggers(["c-1", "c-2"], first=6))
            await receiver.until(12)
    assert len(set(receiver.ids)) == 12
