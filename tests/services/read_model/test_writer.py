"""A batch is applied exactly once, or not at all."""

import pytest

from services.read_model import trim
from services.read_model.batches import OutputBatch, OutputRecord, RowBatch, RowChange, Step
from services.read_model.projector_status import Report
from services.read_model.writer import ModelLostError, OwnedElsewhereError, Writer
from tests.services.conftest import TOPICS
from tests.services.projector.world import World

REPORT = Report(lag=0, behind_s=None)


def rows(*customers: str) -> RowBatch:
    changes = [RowChange(each.encode(), b"\0\0\0\0row", "segment=new") for each in customers]
    return RowBatch(0, changes, None, ())


def outputs(first: int, last: int, appended_ms: int, rule: str = "") -> OutputBatch:
    found = [
        OutputRecord(f"c {number % 3}", rule, number, appended_ms, b"{}", 0)
        for number in range(first, last)
    ]
    return OutputBatch(0, found, ())


async def test_a_batch_from_another_place_changes_nothing(writer: Writer, bare: World) -> None:
    await writer.apply_rows(Step("rows:0", None, 5), rows("c-1"))
    before = await bare.contents()
    for wrong in (None, 4, 6):
        with pytest.raises(ModelLostError):
            await writer.apply_rows(Step("rows:0", wrong, 9), rows("c-2"))
    assert await bare.contents() == before
    await writer.apply_rows(Step("rows:0", 5, 9), rows("c-2"))
    assert await writer.offsets() == {"rows:0": 9}


async def test_a_projector_that_lost_its_lease_writes_no_more(writer: Writer, bare: World) -> None:
    await bare.redis.delete(bare.keys.owner)
    other = Writer(bare.redis, bare.keys, "other")
    await other.acquire()
    for write in (
        writer.apply_rows(Step("rows:0", None, 1), rows("c-1")),
        writer.apply_triggers(Step("triggers:0", None, 1), outputs(0, 1, 0, "r")),
        writer.apply_transitions(Step("transitions:0", None, 1), outputs(0, 1, 0)),
        writer.heartbeat(REPORT, {}, None, built_of=1),
        writer.trim(trim.triggers, 0, 0, 0),
        writer.drop(),
    ):
        with pytest.raises(ModelLostError):
            await write
    assert await bare.contents() == {"topics": {k.encode(): v.encode() for k, v in TOPICS.items()}}


async def test_only_one_projector_has_the_lease(writer: Writer, bare: World) -> None:
    other = Writer(bare.redis, bare.keys, "other")
    with pytest.raises(OwnedElsewhereError):
        await other.acquire()
    await writer.acquire()
    await writer.release()
    await other.acquire()


async def test_a_heartbeat_detects_offsets_that_moved(writer: Writer, bare: World) -> None:
    await writer.apply_rows(Step("rows:0", None, 5), rows("c-1"))
    with pytest.raises(ModelLostError):
        await writer.heartbeat(REPORT, {"rows:0": 4}, None, built_of=1)
    with pytest.raises(ModelLostError):
        await writer.heartbeat(REPORT, {"rows:0": 5, "rows:1": 1}, None, built_of=1)
    assert not await bare.redis.exists(bare.keys.built)
    await writer.heartbeat(REPORT, {"rows:0": 5, "rows:1": None}, None, built_of=1)
    assert await bare.redis.exists(bare.keys.built)
