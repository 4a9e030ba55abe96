"""A batch is applied exactly once, or not at all."""

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from services.projector.sources import SourceNames
from services.read_model.batch import HistoryBatch, HistoryEntry, RowBatch, RowChange
from services.read_model.keys import Keys
from services.read_model.retention import Retention
from services.read_model.step import Step
from services.read_model.store import ModelLostError, OwnedElsewhereError, Store
from services.tools.local_stack import Addresses
from tests.services.projector.world import World

TOPICS = {"rows": "1", "transitions": "2", "triggers": "3"}


@pytest.fixture
async def bare(stack: Addresses) -> AsyncIterator[World]:
    """A world that needs no topics."""
    async with Redis.from_url(stack.redis) as redis:
        yield World(stack.kafka, stack.redis, redis)


@pytest.fixture
async def store(bare: World) -> Store:
    store = Store(bare.redis, bare.keys, "mine")
    await store.acquire()
    await store.begin(TOPICS, 0)
    return store


def rows(*customers: str) -> RowBatch:
    changes = [RowChange(each.encode(), b"\0\0\0\0row", "segment=new") for each in customers]
    return RowBatch(0, changes, None, ())


def entries(first: int, last: int, appended_ms: int, rule: str = "") -> HistoryBatch:
    found = [
        HistoryEntry(f"c {number % 3}", rule, number, appended_ms, b"{}", 0)
        for number in range(first, last)
    ]
    return HistoryBatch(0, found, ())


async def test_a_batch_from_another_place_changes_nothing(store: Store, bare: World) -> None:
    await store.apply_rows(Step("rows:0", None, 5), rows("c-1"))
    before = await bare.contents()
    for wrong in (None, 4, 6):
        with pytest.raises(ModelLostError):
            await store.apply_rows(Step("rows:0", wrong, 9), rows("c-2"))
    assert await bare.contents() == before
    await store.apply_rows(Step("rows:0", 5, 9), rows("c-2"))
    assert await store.offsets() == {"rows:0": 9}


async def test_whoever_lost_the_turn_writes_no_more(store: Store, bare: World) -> None:
    await bare.redis.delete(bare.keys.owner)
    other = Store(bare.redis, bare.keys, "other")
    await other.acquire()
    for write in (
        store.apply_rows(Step("rows:0", None, 1), rows("c-1")),
        store.apply_triggers(Step("triggers:0", None, 1), entries(0, 1, 0, "r")),
        store.apply_transitions(Step("transitions:0", None, 1), entries(0, 1, 0)),
        store.heartbeat("{}", {}, None, built_of=1),
        store.trim_triggers(0, 0, 0),
        store.drop(),
    ):
        with pytest.raises(ModelLostError):
            await write
    assert await bare.contents() == {"topics": {k.encode(): v.encode() for k, v in TOPICS.items()}}


async def test_only_one_has_the_turn(store: Store, bare: World) -> None:
    other = Store(bare.redis, bare.keys, "other")
    with pytest.raises(OwnedElsewhereError):
        await other.acquire()
    await store.acquire()
    await store.release()
    await other.acquire()


async def test_a_heartbeat_notices_offsets_that_moved(store: Store, bare: World) -> None:
    await store.apply_rows(Step("rows:0", None, 5), rows("c-1"))
    with pytest.raises(ModelLostError):
        await store.heartbeat("{}", {"rows:0": 4}, None, built_of=1)
    with pytest.raises(ModelLostError):
        await store.heartbeat("{}", {"rows:0": 5, "rows:1": 1}, None, built_of=1)
    assert not await bare.redis.exists(bare.keys.built)
    await store.heartbeat("{}", {"rows:0": 5, "rows:1": None}, None, built_of=1)
    assert await bare.redis.exists(bare.keys.built)


@pytest.mark.parametrize("cause", ["too old", "gone from Kafka"])
async def test_what_kafka_keeps_no_longer_is_forgotten(
    store: Store, bare: World, cause: str
) -> None:
    old, new = 1_000, int(time.time() * 1000)
    await store.apply_triggers(Step("triggers:0", None, 1500), entries(0, 1500, old, "a rule"))
    await store.apply_triggers(Step("triggers:0", 1500, 1600), entries(1500, 1600, new, "a rule"))
    await store.apply_transitions(Step("transitions:0", None, 1500), entries(0, 1500, old))
    await store.apply_transitions(Step("transitions:0", 1500, 1600), entries(1500, 1600, new))
    names = SourceNames.of("any")
    first = 0 if cause == "too old" else 1500
    ages = Retention() if cause == "too old" else Retention(transitions_ms=new, triggers_ms=new)
    beginnings = {(names.transitions, 0): first, (names.triggers, 0): first}
    await ages.trim(store, names, beginnings)
    kept = Keys.of(bare.app_id)
    counts = {
        "log": await bare.redis.zcard(kept.trigger_log(0)),
        "rule": await bare.redis.zcard(kept.triggers_of_rule(0, "a rule")),
        "customer": await bare.redis.zcard(kept.triggers_of_customer(0, "c 1")),
        "bodies": await bare.redis.hlen(kept.trigger_bodies(0)),
        "rules": await bare.redis.scard(kept.rules(0)),
        "transition log": await bare.redis.zcard(kept.transition_log(0)),
    }
    assert counts == {
        "log": 100,
        "rule": 100,
        "rules": 1,
        "customer": 33,
        "bodies": 100,
        "transition log": 100,
    }
