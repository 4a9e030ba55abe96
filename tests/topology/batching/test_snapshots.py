"""A restart with a snapshot gives the rows that the changelog gives, and reads only its tail."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from os import utime
from pathlib import Path
from stat import S_IMODE
from time import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.topology.batching.conftest import OpenSandbox
from tests.topology.batching.counting import REMOVE, Event, assert_same, expected_verdict
from tests.topology.batching.kafka import Sent, eventually, send
from tests.topology.batching.sandbox import Sandbox
from topology.batching.clock import CLOCK_KEY, encode_clock
from topology.batching.handler import Changes, Row
from topology.batching.restore import Restored, RestoreProgress, restore
from topology.batching.snapshot_file import Head, read_snapshot, write_snapshot
from topology.batching.snapshots import (
    MAX_AGE_S,
    PartitionSnapshots,
    keep_snapshots,
    remove_old_snapshots,
    snapshot_folder,
    snapshot_misfit,
)
from topology.batching.writer import TransactionalWriter

NOW = 1_700_000_000.0
HEAD = Head("changelog", 0, offset=50, taken_at=int(NOW * 1000), rows=3)
EVENTS = [Event(b"key-%d" % (n % 300), n) for n in range(2_000)]


@pytest.fixture
async def sandbox(open_sandbox: OpenSandbox, tmp_path: Path) -> Sandbox:
    """With snapshots as often as they are worth it."""
    folder = tmp_path / "snapshots"
    folder.mkdir()
    return await open_sandbox(snapshots=folder, snapshot_interval=0.0)


def folder_of(sandbox: Sandbox) -> Path:
    assert sandbox.config.snapshots is not None
    return sandbox.config.snapshots


def file_of(sandbox: Sandbox, partition: int) -> Path:
    return folder_of(sandbox) / f"{sandbox.config.changelog}-{partition}.rows"


async def counted_after_restart(sandbox: Sandbox, events: Iterable[Event]) -> dict[int, int]:
    """Count more events with a worker that restarts, and return where its restores began."""
    before = sum(tally.count for tally in (await sandbox.verdict()).rows.values())
    more = list(events)
    await sandbox.feed(more)
    async with sandbox.running() as app:
        await sandbox.until_counted(before + len(more))
        return {each.number: each.restore_progress.read_from for each in app.ownership}


async def test_a_restart_reads_only_what_came_after_the_snapshot(sandbox: Sandbox) -> None:
    """The worker that stops leaves one of each partition, and the next one counts on."""
    assert set((await counted_after_restart(sandbox, EVENTS)).values()) == {0}
    heads = {
        number: read_snapshot(file_of(sandbox, number), sandbox.config.changelog, number).head
        for number in range(2)
    }
    more = [Event(b"key-%d" % (n % 301), 2_000 + n) for n in range(302)]
    began = await counted_after_restart(sandbox, more)
    assert began == {number: head.offset for number, head in heads.items()}
    assert min(began.values()) > 0
    assert_same(await sandbox.verdict(), expected_verdict([*EVENTS, *more]))


async def test_a_worker_that_runs_takes_snapshots_of_committed_rows(sandbox: Sandbox) -> None:
    """While batches are under way: the file says what the changelog says up to its offset."""
    sandbox = replace(sandbox, config=replace(sandbox.config, max_batch=100))
    async with sandbox.running() as app:
        await sandbox.feed(Event(b"key-%d" % n, n) for n in range(6_000))
        files = [file_of(sandbox, number) for number in range(2)]
        await eventually(lambda: all(file.exists() for file in files), "two snapshots")
        for number in range(2):
            snapshot = read_snapshot(file_of(sandbox, number), sandbox.config.changelog, number)
            async with sandbox.changelog() as log:
                await log.to_last_end()
                expected = {
                    each.key: each.value
                    for each in log.records
                    if each.partition == number and each.offset < snapshot.head.offset
                }
            assert snapshot.rows == expected
        await sandbox.until_counted(6_000)
        assert not app.crashed


async def test_a_removed_row_takes_the_snapshot_with_it(sandbox: Sandbox) -> None:
    """Before the commit: no file may hold who was erased. The other partition keeps its own."""
    await counted_after_restart(sandbox, EVENTS)
    key = EVENTS[0].key
    place = sandbox.place(key)
    with capture_logs() as logs:
        async with sandbox.running() as app, sandbox.changelog() as log:
            await eventually(lambda: app.ownership.find(key) is not None, "the row is back")
            assert file_of(sandbox, place).exists()
            await send(sandbox.servers, [Sent(sandbox.config.sources[0], place, key, REMOVE)])
            await log.until(
                lambda log: any(one.key == key and one.value is None for one in log.records), "gone"
            )
            assert not file_of(sandbox, place).exists()
            assert file_of(sandbox, 1 - place).exists()
    assert [one["partition"] for one in logs if one["event"] == "removed a snapshot"] == [place]
    assert key not in read_snapshot(file_of(sandbox, place), sandbox.config.changelog, place).rows


async def test_one_that_is_damaged_is_not_used(sandbox: Sandbox) -> None:
    """The changelog has everything."""
    await counted_after_restart(sandbox, EVENTS)
    file = file_of(sandbox, 0)
    file.write_bytes(file.read_bytes()[:-40])
    with capture_logs() as logs:
        began = await counted_after_restart(sandbox, [Event(b"key-1", 2_000)])
    assert began[0] == 0 < began[1]
    assert [one["reason"] for one in logs if one["event"] == "not using a snapshot"] == [
        "it ends too early: it is damaged"
    ]
    assert_same(await sandbox.verdict(), expected_verdict([*EVENTS, Event(b"key-1", 2_000)]))


async def test_a_folder_that_is_gone_stops_nothing(sandbox: Sandbox) -> None:
    """The worker says that it can't write, and counts on."""
    folder_of(sandbox).rmdir()
    with capture_logs() as logs:
        await counted_after_restart(sandbox, EVENTS)
    assert {one["partition"] for one in logs if one["event"] == "can't write a snapshot"} == {0, 1}
    assert_same(await sandbox.verdict(), expected_verdict(EVENTS))


# ------------------------------------------------------------------------------ without a worker


async def write(writer: TransactionalWriter, rows: dict[bytes, bytes | None]) -> None:
    await writer.write(Changes({key: Row(value, None) for key, value in rows.items()}), {})


async def restored(sandbox: Sandbox, clock: Any = time) -> tuple[Restored, int]:
    progress = RestoreProgress(time)
    found = await restore(sandbox.config, 0, progress, PartitionSnapshots(sandbox.config, 0, clock))
    return found, progress.read_from


async def test_what_comes_after_the_snapshot_counts(sandbox: Sandbox) -> None:
    """Changed rows, removed ones, new ones, and the clock. One with a removed row goes at once."""
    writer = TransactionalWriter(sandbox.config, 0)
    await writer.open()
    snapshots = PartitionSnapshots(sandbox.config, 0, time)
    first = {b"anna": b"1", b"bert": b"1", b"cora": b"1", CLOCK_KEY: encode_clock(5)}
    await write(writer, dict(first))
    snapshots.take(first, writer.changelog_end)
    await snapshots.finish()
    await write(writer, {b"anna": b"2", b"dora": b"1", CLOCK_KEY: encode_clock(7)})
    rows = {b"anna": b"2", b"bert": b"1", b"cora": b"1", b"dora": b"1"}
    assert await restored(sandbox) == (Restored(rows, 7), 4)
    assert file_of(sandbox, 0).exists()
    await write(writer, {b"cora": None})
    await writer.close()
    del rows[b"cora"]
    assert await restored(sandbox) == (Restored(rows, 7), 4)
    assert not file_of(sandbox, 0).exists()


async def test_one_of_a_changelog_that_was_created_again_is_not_used(sandbox: Sandbox) -> None:
    """Its offsets exist there, too, and its rows are those of another life."""
    old = {b"ghost-%d" % n: b"1" for n in range(3)}
    head = Head(sandbox.config.changelog, 0, offset=3, taken_at=int(time() * 1000) - 60_000, rows=3)
    write_snapshot(file_of(sandbox, 0), head, old, lambda: True)
    writer = TransactionalWriter(sandbox.config, 0)
    await writer.open()
    await write(writer, {b"key-%d" % n: b"1" for n in range(10)})
    await writer.close()
    found, began = await restored(sandbox)
    assert (len(found.rows), began) == (10, 0)
    assert not file_of(sandbox, 0).exists()


@pytest.mark.parametrize(
    ("log", "first_newer", "now", "reason"),
    [
        (range(100), None, NOW, None),
        (range(100), 50, NOW + 3_599, None),
        (range(50, 50), None, NOW, None),
        (range(49), None, NOW, "it ends at offset 50, the changelog goes from 0 to 49"),
        (range(51, 90), None, NOW, "it ends at offset 50, the changelog goes from 51 to 90"),
        (range(100), 49, NOW, "the changelog has been created again since"),
        (range(100), 50, NOW + 3_601, "it is too old"),
        (
            *(range(100), 50, NOW - 1),
            "it was taken later than now: the clock of this machine has gone back",
        ),
    ],
)
def test_a_misfit_has_a_reason(
    log: range, first_newer: int | None, now: float, reason: str | None
) -> None:
    assert snapshot_misfit(HEAD, log, first_newer, now) == reason


async def test_one_that_is_given_up_leaves_no_file(sandbox: Sandbox) -> None:
    """Also if the thread was just about to finish."""
    snapshots = PartitionSnapshots(sandbox.config, 0, time)
    with capture_logs() as logs:
        snapshots.discard()  # There is none yet, and nothing to say.
        assert logs == []
        snapshots.take({b"anna": b"1"}, 5)
        snapshots.discard()
    assert [one["event"] for one in logs] == ["removed a snapshot"]
    await snapshots.finish()
    assert list(folder_of(sandbox).iterdir()) == []
    snapshots.take({b"anna": b"1"}, 5)
    writing = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.sleep(0)
    while not file_of(sandbox, 0).exists():
        await asyncio.sleep(0)
    snapshots.discard()
    await asyncio.gather(*writing)
    assert list(folder_of(sandbox).iterdir()) == []


def test_others_partitions_leave_no_file(tmp_path: Path) -> None:
    """What another worker has now, this one may not keep."""
    for name in ("log-0.rows", "log-1.rows", "log-12.rows", "old-1.rows"):
        (tmp_path / name).touch()
    keep_snapshots(tmp_path, "log", [1, 2])
    assert [file.name for file in tmp_path.iterdir()] == ["log-1.rows"]


def test_old_files_and_unfinished_ones_go_at_the_start(tmp_path: Path) -> None:
    """Those of a worker that has another name now stand in a folder beside."""
    (tmp_path / "one").mkdir()
    for name, age in (("one/log-0.rows", 3_601), ("log-1.rows", 3_599), ("x.part", 0)):
        (tmp_path / name).touch()
        utime(tmp_path / name, (NOW - age, NOW - age))
    remove_old_snapshots(tmp_path / "none", MAX_AGE_S, NOW)
    remove_old_snapshots(tmp_path, MAX_AGE_S, NOW)
    assert {file.name for file in tmp_path.rglob("*")} == {"one", "log-1.rows"}


def test_a_worker_has_a_folder_of_its_own_that_only_its_owner_may_open(tmp_path: Path) -> None:
    """Whatever its name is. Another worker's snapshots stay while they are of use."""
    (tmp_path / "two").mkdir()
    other = tmp_path / "two" / "log-0.rows"
    other.touch()
    utime(other, (NOW, NOW))
    folder = snapshot_folder(tmp_path, "shop/one", is_wanted=True, now=NOW)
    assert folder == tmp_path / "shop%2Fone"
    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert other.exists()


def test_a_worker_without_snapshots_removes_those_that_are_there(tmp_path: Path) -> None:
    """Also one that seems to be of tomorrow, since the clock went back."""
    (tmp_path / "one").mkdir()
    for name, at in (("log-0.rows", NOW - 1), ("log-1.rows", NOW), ("log-2.rows", NOW + 86_400)):
        (tmp_path / "one" / name).touch()
        utime(tmp_path / "one" / name, (at, at))
    assert snapshot_folder(tmp_path, "one", is_wanted=False, now=NOW) is None
    assert list((tmp_path / "one").iterdir()) == []
