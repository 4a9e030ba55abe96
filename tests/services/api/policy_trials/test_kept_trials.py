"""Kept trials: bounded, one at a time, and without those who were erased."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import structlog
from msgspec.json import decode, encode

from schemas.trial_report import PolicyOfTrial
from schemas.trial_run import TrialRun, TrialState
from services.platform.outage import Outage
from services.read_model.kept_trials import MOST, KeptTrials
from services.read_model.reader import open_read_model
from tests.services.api.conftest import Model
from tests.services.projector.world import World
from topology.domain.history.instant import from_datetime
from topology.domain.rows.erased import tombstone_of

SALT: Final = b"a salt that nobody guesses"
NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
REPORT: Final = encode(
    {
        "trial": 1,
        "examples": [
            {"customer_id": "anna", "rule": "wake_up"},
            {"customer_id": "bert", "rule": "wake_up"},
        ],
    }
)


@pytest.fixture
async def kept(world: World) -> AsyncIterator[KeptTrials]:
    outage = Outage(structlog.get_logger(), "redis")
    async with open_read_model(
        world.redis_url, world.app_id, None, outage, lambda _: None
    ) as model:
        yield KeptTrials(model, SALT)


def run(number: int) -> TrialRun:
    return TrialRun(
        trial_id=f"tri_{number}",
        state=TrialState.RUNNING,
        since_days=90,
        asked_at=NOW + timedelta(minutes=number),
        old=PolicyOfTrial(file="old.yaml", version="1"),
        new=PolicyOfTrial(file="new.yaml", version="2"),
    )


def done(number: int) -> TrialRun:
    return run(number).model_copy(update={"state": TrialState.DONE})


async def removals(world: World) -> int:
    """How often something was removed that Redis' files may still hold."""
    return int(await world.redis.get(world.keys.on_disk) or 0)


async def test_only_the_latest_are_kept_with_their_reports(world: World, kept: KeptTrials) -> None:
    for number in range(MOST + 3):
        assert await kept.claim(run(number)) == f"tri_{number}"
        await kept.end(done(number), REPORT)
    latest = await kept.latest()
    assert [each.trial_id for each in latest] == [f"tri_{n}" for n in range(MOST + 2, 2, -1)]
    assert await kept.find("tri_2") is None
    stored = [key async for key in world.redis.scan_iter(match=f"trial*{world.app_id}*")]
    assert len(stored) == 2 * MOST + 1
    found = await kept.find("tri_5")
    assert found is not None
    assert found.report == REPORT
    assert await world.redis.ttl(world.keys.trial_report("tri_5")) > 0


async def test_one_whose_lease_another_has_taken_must_end(world: World, kept: KeptTrials) -> None:
    assert await kept.claim(run(1)) == "tri_1"
    assert await kept.keep(run(1))
    assert await kept.claim(run(2)) == "tri_1"
    await world.redis.delete(world.keys.trial_running)  # It has stood still for too long.
    assert await kept.claim(run(2)) == "tri_2"
    assert not await kept.keep(run(1))
    await kept.end(run(1), None)
    assert await kept.keep(run(2))
    assert [each.state for each in await kept.latest()] == ["running", "failed"]


async def test_one_that_was_cancelled_must_end(kept: KeptTrials) -> None:
    await kept.claim(run(1))
    await kept.cancel("tri_1")
    assert not await kept.keep(run(1))


async def test_an_erasure_reaches_the_reports(world: World, model: Model, kept: KeptTrials) -> None:
    await kept.claim(run(1))
    await kept.end(done(1), REPORT)
    key = world.keys.trial_report("tri_1")
    before, removed = await world.redis.ttl(key), await removals(world)
    await model._writer.erase_history(0, b"anna", from_datetime(NOW))
    report: Any = await world.redis.get(key)
    assert b"anna" not in report
    assert decode(report) == {
        "trial": 1,
        "examples": [{"customer_id": "bert", "rule": "wake_up"}],
    }
    assert 0 < await world.redis.ttl(key) <= before
    assert await removals(world) > removed, "Redis' files still name her"


async def test_who_was_erased_while_the_trial_ran_is_not_named(
    world: World, kept: KeptTrials
) -> None:
    """One who was erased before and has come back is."""
    await kept.claim(run(1))
    for name, at in ((b"anna", NOW + timedelta(hours=1)), (b"bert", NOW - timedelta(days=1))):
        tombstone = tombstone_of(SALT, name)
        await world.redis.hset(world.keys.erased, tombstone, from_datetime(at))
    await kept.end(done(1), REPORT)
    found = await kept.find("tri_1")
    assert found is not None
    assert found.report is not None
    assert [each["customer_id"] for each in decode(found.report)["examples"]] == ["bert"]
