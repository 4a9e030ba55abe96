"""A disk that is really full, and records that Kafka has really deleted: nothing else is lost."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import topics
from services.archive.folder_store import FolderStore
from services.archive.retention import list_store
from services.archive.store_faults import StoreAwayError
from services.tools.local_stack.ports import free_port
from tests.services.archive.world import (
    ArchiveProcess,
    archiving,
    count,
    held_by,
    in_kafka,
    orders,
    store_of,
    until,
)
from tests.topology.batching.kafka import delete_before, send

pytestmark = pytest.mark.e2e
ROOM_KB = 64


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few kilobytes."""
    disk = tmp_path / "archive"
    disk.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={ROOM_KB}k", "tmpfs", str(disk))
    try:
        subprocess.run(("/bin/mount", *options), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a file system")
    try:
        yield disk
    finally:
        subprocess.run(("/bin/umount", "--lazy", str(disk)), check=True)


def test_what_a_full_disk_refuses_leaves_nothing(small_disk: Path) -> None:
    store = FolderStore(small_disk)
    store.write("topic=a/one", b"x" * 1024)
    with pytest.raises(StoreAwayError, match="No space left on device"):
        store.write("topic=a/two", b"x" * ROOM_KB * 1024)
    with pytest.raises(StoreAwayError, match="No space left on device"):
        store.write("topic=a/one", b"y" * ROOM_KB * 1024)
    assert [*store.files()] == [("topic=a/one", 1024)]
    assert store.read("topic=a/one") == b"x" * 1024


async def test_the_role_waits_for_room_and_loses_nothing(
    kafka: str, tmp_path: Path, small_disk: Path
) -> None:
    filling = small_disk / "filling"
    filling.write_bytes(b"x" * (ROOM_KB - 8) * 1024)
    await send(kafka, orders(50, 20))
    with archiving(kafka, tmp_path) as process:
        await until(lambda: bool(process.logged("archive_store_away")), "a word about it")
        [away] = process.logged("archive_store_away")
        assert "No space left on device" in str(away)
        assert process.status is None
        filling.unlink()
        await until(lambda: count(held_by(store_of(tmp_path))) == 1000, "all records")
        await until(lambda: bool(process.logged("archive_store_back")), "a word about it")
    assert held_by(store_of(tmp_path)) == await in_kafka(kafka)


async def test_what_kafka_had_deleted_is_named_and_archiving_goes_on(
    kafka: str, tmp_path: Path
) -> None:
    port = free_port()
    await send(kafka, orders(2, 5))
    with archiving(kafka, tmp_path):
        await until(lambda: count(held_by(store_of(tmp_path))) == 10, "all records")
    await send(kafka, orders(2, 6, first=5))
    await delete_before(kafka, {(topics.SHOP_EVENTS, 1): 8})
    with archiving(kafka, tmp_path, STAMMKUNDE_METRICS_PORT=str(port)) as process:
        await until(lambda: len(list_store(store_of(tmp_path)).files) == 4, "the others")
        assert await lost(port) == 3
        [line] = process.logged("archive_records_lost")
    assert (line["partition"], line["first"], line["last"]) == (f"{topics.SHOP_EVENTS}-1", 5, 7)
    names = [each.name for each in list_store(store_of(tmp_path)).files]
    assert sorted((each.partition.number, each.first, each.last) for each in names) == [
        (0, 0, 4),
        (0, 5, 10),
        (1, 0, 4),
        (1, 8, 10),
    ]


async def test_what_was_read_before_kafka_deleted_it_is_written(kafka: str, tmp_path: Path) -> None:
    """The archive holds records without a file when it finds that Kafka has deleted the next."""
    settings = {"STAMMKUNDE_METRICS_PORT": str(free_port()), "STAMMKUNDE_ARCHIVE_FILE_AGE_S": "999"}
    await send(kafka, orders(2, 5))
    with archiving(kafka, tmp_path, **settings) as process:
        await until_read(int(settings["STAMMKUNDE_METRICS_PORT"]), process)
        process.send(signal.SIGSTOP)
        await send(kafka, orders(2, 1, first=5))  # It ends the fetch that Kafka has not answered.
        await send(kafka, orders(2, 5, first=6))
        await delete_before(kafka, {(topics.SHOP_EVENTS, 0): 8, (topics.SHOP_EVENTS, 1): 8})
        process.send(signal.SIGCONT)
        await until(lambda: len(process.logged("archive_records_lost")) == 2, "a word about both")
        held = held_by(store_of(tmp_path))
        lines = process.logged("archive_records_lost")
    assert {line["last"] for line in lines} == {7}
    read_to = {line["partition"]: line["first"] for line in lines}
    assert {str(at): len(records) for at, records in held.items()} == read_to


async def metric(port: int, name: str) -> float | None:
    """The value of a metric; None if nobody answers, or it has no value."""
    try:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    except httpx.TransportError:
        return None
    values = [line.split()[-1] for line in text.splitlines() if line.startswith(name)]
    return float(values[0]) if values else None


async def lost(port: int) -> Any:
    return await metric(port, f'stammkunde_archive_lost_total{{topic="{topics.SHOP_EVENTS}"}}')


async def until_read(port: int, process: ArchiveProcess) -> None:
    """Wait until the archive holds records of both partitions that wait for their files."""
    while await metric(port, "stammkunde_archive_waiting_records") != 10:
        assert process.status is None
