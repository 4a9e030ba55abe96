"""The archive in S3-compatible storage: the same as in a folder."""

import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from services.archive.file_name import FileName, Partition
from services.archive.object_store import ObjectStore
from services.archive.parquet import encode_file, index_of, read_index
from services.archive.store_faults import NoSuchFileError, StoreAwayError
from tests.services.archive.object_server import ObjectServer, serving_objects
from tests.services.archive.world import archiving, count, erase, held_by, orders, until
from tests.topology.batching.kafka import send

PLACE = "s3://bucket/some/prefix"
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-central-1"}


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    with serving_objects() as server:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": server.url}.items():
            monkeypatch.setenv(name, value)
        yield server


def test_objects_are_written_read_listed_and_removed(objects: ObjectServer) -> None:
    store = ObjectStore(PLACE)
    assert [*store.files()] == []
    store.write("a/b", b"content")
    store.write("a/b", b"newer")
    store.write("c", b"!")
    assert objects.objects["bucket/some/prefix/a/b"] == b"newer"
    assert sorted(store.files()) == [("a/b", 5), ("c", 1)]
    assert store.read("a/b") == b"newer"
    store.remove("a/b")
    store.remove("a/b")
    assert [*store.files()] == [("c", 1)]
    with pytest.raises(NoSuchFileError):
        store.read("a/b")


def test_of_an_open_object_only_the_footer_is_read(objects: ObjectServer) -> None:
    name = FileName(Partition("shop.events.v1", 0), 0, 9, date(2026, 11, 30))
    store = ObjectStore(PLACE)
    content = encode_file(name, [], index_of([b"\0name"], b"salt"))
    store.write(name.path, content)
    with store.open(name.path) as file:
        assert read_index(file) == read_index(BytesIO(content))


def test_a_store_that_refuses_or_is_gone_is_away(objects: ObjectServer) -> None:
    store = ObjectStore(PLACE)
    objects.is_on = False
    with pytest.raises(StoreAwayError):
        store.write("a", b"b")


@pytest.mark.e2e
async def test_the_role_archives_to_objects_and_erases_from_them(
    kafka: str, tmp_path: Path, objects: ObjectServer
) -> None:
    store = ObjectStore(PLACE)
    await send(kafka, orders(4, 3))
    objects.is_on = False
    given = {**KEYS, "AWS_ENDPOINT_URL": objects.url, "STAMMKUNDE_ARCHIVE": PLACE}
    with archiving(kafka, tmp_path, **given) as process:
        await until(lambda: process.logged("archive_store_away") != [], "a word about it")
        objects.is_on = True
        await until(lambda: count(held_by(store)) == 12, "all records")
        await erase(kafka, "c-2")
        await until(lambda: count(held_by(store)) == 9, "an erasure")
        await until(lambda: "erasures.json" in dict(store.files()), "what it follows")
    assert b"c-2" not in b"".join(objects.objects.values())
    assert json.loads(store.read("erasures.json"))
