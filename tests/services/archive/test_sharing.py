"""Two archives write to one place that has no locks: no record is lost, and none is there twice."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from schemas import topics
from services.archive.file_name import FileName, Partition, next_offsets
from services.archive.object_store import ObjectStore
from services.archive.retention import list_store
from services.archive.sharing import PlaceSharedError, overlapping, write_alone
from services.archive.store import Store
from tests.services.archive.object_server import serving_objects
from tests.services.archive.test_object_store import KEYS, PLACE
from tests.services.archive.test_store_away import FullStore
from tests.services.archive.world import archiving, count, held_by, in_kafka, orders, until
from tests.topology.batching.kafka import send

AT = Partition(topics.SHOP_EVENTS, 0)
END = 400


def name(first: int, last: int) -> FileName:
    return FileName(AT, first, last, date(2026, 11, 30))


class InMemory(FullStore):
    """Something happens when a file is written, and each call may take a moment."""

    def __init__(self, pause: Callable[[], object] = int) -> None:
        super().__init__(refusals=0)
        self.meddle: Callable[[], object] = int
        self.pause = pause

    def files(self) -> Iterator[tuple[str, int]]:
        self.pause()
        found = [*super().files()]
        self.pause()
        return iter(found)

    def write(self, path: str, content: bytes) -> None:
        self.meddle()
        self.pause()
        super().write(path, content)
        self.pause()


def paths(store: Store) -> list[FileName]:
    return [each.name for each in list_store(store).files]


def test_a_file_is_not_written_where_somebody_has_its_offsets() -> None:
    store = InMemory()
    write_alone(store, name(0, 9), b"", [])
    write_alone(store, name(10, 19), b"", [name(0, 9)])
    with pytest.raises(PlaceSharedError, match="has offsets of"):
        write_alone(store, name(15, 29), b"", [name(0, 9)])
    assert paths(store) == [name(0, 9), name(10, 19)]


def test_of_two_that_write_at_once_ours_goes() -> None:
    store = InMemory()
    store.meddle = lambda: store.content.update({name(0, 9).path: b"theirs"})
    with pytest.raises(PlaceSharedError):
        write_alone(store, name(0, 14), b"ours", [])
    assert paths(store) == [name(0, 9)]


def test_whoever_began_after_a_file_that_is_gone_begins_again() -> None:
    """Its owner has removed it: the records of it would be lost."""
    store = InMemory()
    write_alone(store, name(0, 9), b"", [])
    write_alone(store, name(10, 19), b"", [name(0, 9)])
    store.remove(name(10, 19).path)
    with pytest.raises(PlaceSharedError, match="is gone"):
        write_alone(store, name(20, 29), b"", [name(0, 9), name(10, 19)])


def archive_all(store: Store, chance: random.Random) -> None:
    """Write all offsets in files of any size, as a session after the other would."""
    while True:
        known = paths(store)
        first = next_offsets(known).get(AT, 0)
        try:
            while first < END:
                new = name(first, min(END, first + chance.randint(1, 30)) - 1)
                write_alone(store, new, b"", known)
                known, first = [*known, new], new.last + 1
        except PlaceSharedError:
            time.sleep(chance.uniform(0.02, 0.1))
        else:
            return


@pytest.mark.parametrize("seed", range(3))
def test_whoever_writes_when_each_offset_is_there_once(seed: int) -> None:
    chance = random.Random(seed)
    store = InMemory(lambda: time.sleep(chance.uniform(0, 0.002)))
    writers = [
        Thread(target=archive_all, args=(store, random.Random(seed + at))) for at in (100, 200)
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    found = paths(store)
    covered = [offset for each in found for offset in range(each.first, each.last + 1)]
    assert covered == list(range(END))


@pytest.mark.e2e
async def test_two_roles_on_one_bucket(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_objects() as objects:
        given = {**KEYS, "AWS_ENDPOINT_URL": objects.url, "STAMMKUNDE_ARCHIVE": PLACE}
        for key, value in given.items():
            monkeypatch.setenv(key, value)
        slower = {"STAMMKUNDE_ARCHIVE_FILE_AGE_S": "3"}  # Else both write files of one name.
        store, sent = ObjectStore(PLACE), 0
        (tmp_path / "other").mkdir()
        with (
            archiving(kafka, tmp_path, **given) as one,
            archiving(kafka, tmp_path / "other", **given, **slower) as other,
        ):
            both = (one, other)
            await until(lambda: all(each.logged("archive_started") for each in both), "both")
            for number in range(4):
                await send(kafka, orders(20, 5, first=number * 5))
                sent += 100
                await until(lambda: offsets(store) >= sent, "all records")  # noqa: B023 - awaited here
            await until(
                lambda: any(each.logged("archive_place_shared") for each in both), "a word about it"
            )
            await until(lambda: not overlapping(names(store)), "nobody has a record twice")
        assert count(held_by(store)) == sent
        assert held_by(store) == await in_kafka(kafka)


def names(store: ObjectStore) -> list[FileName]:
    return [each.name for each in list_store(store).files]


def offsets(store: ObjectStore) -> int:
    return sum(next_offsets(names(store)).values())
