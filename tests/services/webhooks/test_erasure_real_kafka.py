"""Deliveries of an erased customer, from a real Kafka: none arrives, and none stays stored."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.platform.erasure_salt import SaltNeededError
from services.webhooks.subscriptions import Subscription
from services.webhooks.topics import resend_key
from tests.services.webhooks.receiver import OK, Answer, receiving
from tests.services.webhooks.world import PARTITIONS, Process, World, triggers

pytestmark = pytest.mark.e2e
PAIR = ("c-1", "c-3")
"""Both are in one partition. The first one is erased."""
LATER = 400
"""In days after the first trigger: after the erasure."""


def kept(world: World) -> bytes:
    """Return all records of the progress."""
    return b"".join(world.progress.items().values())


async def until_kept(world: World, *, it: bytes, there: bool) -> None:
    while (it in kept(world)) != there:
        await world.progress.wait_change(world.progress.version)


async def all_retried(process: Process, subscription: Subscription, count: int) -> None:
    await process.until_figure("retried_total", subscription, count)


async def test_pending_triggers_are_not_sent_when_the_endpoint_is_back(world: World) -> None:
    """They are removed before then, and triggers that are read meanwhile are never stored."""
    answers = {"now": Answer(503, {"Retry-After": "3600"})}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(PAIR, each=2))
        async with world.delivering() as process:
            await all_retried(process, subscription, 1)
            await until_kept(world, it=b"c-1/win_back/1", there=True)
            await world.erase("c-1")
            await process.until_figure("erased_total", subscription, 2)
            await until_kept(world, it=b"c-1/", there=False)
            await world.fire(*triggers(["c-1"], first=3))
            await process.until_figure("erased_total", subscription, 3)
            answers["now"] = OK
            world.clock.skip(hours=1)
            await process.until_figure("delivered_total", subscription, 2)
            assert process.figure("open", subscription) == 0
    assert receiver.ids.count("c-1/win_back/1") == 1
    assert receiver.ids[-2:] == ["c-3/win_back/1", "c-3/win_back/2"]


async def test_triggers_before_the_erasure_are_not_sent_and_later_ones_are(
    world: World,
) -> None:
    with receiving() as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.erase("c-1", at=world.clock.now())
        async with world.delivering() as process:
            await world.fire(*triggers(PAIR, each=2), *triggers(PAIR, first=LATER))
            await process.until_figure("delivered_total", subscription, 4)
            assert process.figure("erased_total", subscription) == 2
    numbers = [one.body["data"]["attempt"] for one in receiver.got if one.customer == "c-1"]
    assert numbers == [LATER]


async def test_an_erasure_while_delivery_was_down_is_read_before_the_first_attempt(
    world: World,
) -> None:
    answers = {"now": Answer(503)}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(PAIR, each=2))
        async with world.delivering() as process:
            await all_retried(process, subscription, 2)
        answers["now"] = OK
        before = len(receiver.got)
        await world.erase("c-1")
        world.clock.skip(hours=2)
        async with world.delivering() as process:
            await process.until_figure("delivered_total", subscription, 2)
            await process.until_figure("erased_total", subscription, 2)
        assert {one.customer for one in receiver.got[before:]} == {"c-3"}
    assert b"c-1/" not in kept(world)


async def test_an_attempt_in_flight_is_not_repeated(world: World) -> None:
    with receiving(lambda one: Answer(503) if one.customer == "c-1" else OK) as receiver:
        receiver.open.clear()
        world.chance = lambda: 0.0
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(PAIR, each=2))
        async with world.delivering(timeout_s=20) as process:
            await receiver.until(2)
            await world.erase("c-1")
            await process.until_figure("erased_total", subscription, 1)  # The one that waits.
            receiver.open.set()
            await process.until_figure("delivered_total", subscription, 2)
            await process.until_figure("erased_total", subscription, 2)
            assert process.figure("retried_total", subscription) == 0
    assert [one.id for one in receiver.got if one.customer == "c-1"] == ["c-1/win_back/1"]
    assert b"c-1/" not in kept(world)


async def test_an_exhausted_delivery_is_no_longer_listed_and_can_not_be_sent_again(
    world: World,
) -> None:
    answers = {"now": Answer(503)}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(PAIR))
        async with world.delivering() as process:
            await all_retried(process, subscription, 2)
            world.clock.skip(hours=25)
            exhausted = await world.until_exhausted(subscription, 2)
        answers["now"] = OK
        before = len(receiver.got)
        await world.erase("c-1")
        async with world.delivering() as process:
            [left] = await world.until_exhausted(subscription, 1)
            assert left.webhook_id.startswith("c-3/")
            for one in exhausted:
                request = resend_key(subscription.id, one.partition, one.offset)
                await world.table.put(request, b'{"at":"2026-11-22T12:00:00Z"}')
            await world.until_exhausted(subscription, 0)
            await world.until(lambda directory: not directory.resends)
            await process.until_figure("delivered_total", subscription, 1)
            assert process.figure("erased_total", subscription) == 1
    assert [one.customer for one in receiver.got[before:]] == ["c-3"]


async def test_triggers_for_a_switched_off_endpoint_are_removed_too(world: World) -> None:
    answers = {"now": Answer(410)}
    with receiving(lambda _: answers["now"]) as receiver:
        subscription = await world.subscribe(receiver.url)
        await world.fire(*triggers(PAIR, each=2))
        async with world.delivering() as process:
            await world.until(lambda directory: directory.is_gone(subscription))
            await until_kept(world, it=b"c-1/win_back/2", there=True)
            await world.erase("c-1")
            await until_kept(world, it=b"c-1/", there=False)
            answers["now"] = OK
            on = {"enabled_at": world.clock.now() + timedelta(seconds=1)}
            before = len(receiver.got)
            await world.store(subscription.model_copy(update=on))
            await process.until_figure("delivered_total", subscription, 2)
    assert {one.customer for one in receiver.got[before:]} == {"c-3"}


async def test_with_another_salt_delivery_does_not_start(world: World) -> None:
    await world.erase("c-1")
    with pytest.raises(SaltNeededError, match="STAMMKUNDE_ERASURE_SALT"):
        await until_it_ends(world, b"another salt, made by mistake")


async def test_without_a_salt_delivery_ends_when_somebody_is_erased(world: World) -> None:
    async def erase(process: Process) -> None:
        await process.until_partitions(PARTITIONS)
        await world.erase("c-1")

    with pytest.raises(SaltNeededError, match="STAMMKUNDE_ERASURE_SALT"):
        await until_it_ends(world, None, erase)


async def until_it_ends(
    world: World, salt: bytes | None, meanwhile: Callable[[Process], Awaitable[None]] | None = None
) -> None:
    async with world.delivering(salt=salt) as process:
        if meanwhile is not None:
            await meanwhile(process)
        await process.until_ended()
