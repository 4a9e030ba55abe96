"""The archive is killed again and again: it loses no record, and has none twice."""

import asyncio
import random
from pathlib import Path

import pytest

from schemas import topics
from services.archive.retention import list_store
from tests.services.archive.world import (
    PARTITIONS,
    archiving,
    count,
    held_by,
    in_kafka,
    orders,
    store_of,
    until,
)
from tests.topology.batching.kafka import Sent, producing, send_all

pytestmark = pytest.mark.e2e
KILLS = 3


async def keep_sending(kafka: str, stop: asyncio.Event) -> None:
    """Orders, and triggers in transactions, of which every third one is aborted."""
    number = 0
    async with producing(kafka) as plain, producing(kafka, transactional_id="t") as in_transactions:
        while not stop.is_set():
            await send_all(plain, orders(10, 5, first=number))
            await in_transactions.begin_transaction()
            triggers = [
                Sent(topics.TRIGGERS, part, b"c-1", b"trigger %d" % number)
                for part in range(PARTITIONS)
            ]
            await send_all(in_transactions, triggers)
            if number % 3:
                await in_transactions.commit_transaction()
            else:
                await in_transactions.abort_transaction()
            number += 5
            await asyncio.sleep(0.02)


async def test_killed_at_any_instant_it_neither_loses_nor_doubles_a_record(
    kafka: str, tmp_path: Path
) -> None:
    store, stop, chance = store_of(tmp_path), asyncio.Event(), random.Random(1)
    sending = asyncio.create_task(keep_sending(kafka, stop))
    for _ in range(KILLS):
        before = len(list_store(store).files)
        with archiving(kafka, tmp_path) as process:
            await until(lambda at=before: len(list_store(store).files) > at, "a file")  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0, 0.5))
            process.kill()
    stop.set()
    await sending
    everything = await in_kafka(kafka)
    assert len(list_store(store).files) >= KILLS
    with archiving(kafka, tmp_path):
        await until(lambda: count(held_by(store)) >= count(everything), "all records")
        await asyncio.sleep(0.5)
    assert held_by(store) == everything
