"""A delivering process is killed, and another one continues."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

import pytest

from services.webhooks.partition_queue import MAX_IN_FLIGHT
from tests.services.webhooks.receiver import receiving
from tests.services.webhooks.world import PARTITIONS, World, triggers
from tests.waits import LONGEST_WAIT_S

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3]


@contextmanager
def child(world: World) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [world.kafka, *astuple(world.names)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.webhooks.child", *arguments], cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_after_kill_9_nothing_is_lost_and_only_deliveries_in_flight_are_repeated(
    world: World,
) -> None:
    many = triggers([f"c-{number}" for number in range(50)], each=3)
    with receiving() as receiver:
        await world.subscribe(receiver.url)
        await world.fire(*many)
        with child(world):
            await receiver.until(60)
        killed_at = len(receiver.got)
        with child(world):
            async with asyncio.timeout(LONGEST_WAIT_S):
                while len(set(receiver.ids)) < len(many):
                    await asyncio.sleep(0.02)
    repeated = [name for name, count in Counter(receiver.ids).items() if count > 1]
    assert len(repeated) <= MAX_IN_FLIGHT * PARTITIONS
    assert len(receiver.got) - len(repeated) == len(many)
    assert killed_at < len(many)
    order = [(one.customer, one.body["data"]["attempt"]) for one in receiver.got]
    for customer in {who for who, _ in order}:
        first_seen = list(dict.fromkeys(number for who, number in order if who == customer))
        assert first_seen == [1, 2, 3]
