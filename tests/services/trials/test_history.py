"""Where a trial's records come from: which partitions from files, and where Kafka goes on."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from schemas import topics
from services.archive.columns import ArchivedRecord, Row
from services.archive.erased_people import Salted, Tombstones
from services.archive.file_name import FileName, Partition
from services.archive.folder_store import FolderStore
from services.archive.parquet import encode_file
from services.archive.record_names import content_of
from services.platform.faults import FaultError
from services.trials.archived import Archived, ArchivedRecords
from services.trials.history import joined
from services.trials.kafka_history import KafkaHistory
from services.trials.side import Place
from topology.batching.record import Record

SHOP: Final = (topics.SHOP_EVENTS, 0)
SOCIAL: Final = (topics.SOCIAL_EVENTS, 0)
TRIGGERS: Final = (topics.TRIGGERS, 0)
SALT: Final = b"a salt that nobody guesses"
AT: Final = datetime(2026, 11, 30, tzinfo=UTC)


def kafka(**ranges: tuple[int, int]) -> KafkaHistory:
    """What Kafka has of each topic."""
    named = {"shop": SHOP, "social": SOCIAL, "triggers": TRIGGERS}
    found = {named[name]: range_ for name, range_ in ranges.items()}
    return KafkaHistory(
        {place: first for place, (first, _) in found.items()},
        {place: end for place, (_, end) in found.items()},
        {},
    )


def file(place: Place, first: int, last: int) -> FileName:
    return FileName(Partition(*place), first, last, date(2026, 11, 30))


def archive(
    *names: FileName, left_out: str = "", erased: Tombstones | None = None, place: str = "a"
) -> Archived:
    by_place: dict[Place, tuple[FileName, ...]] = {}
    for name in names:
        at = (name.partition.topic, name.partition.number)
        by_place[at] = (*by_place.get(at, ()), name)
    return Archived(place, by_place, erased or {}, erased or {}, left_out)


def test_kafka_goes_on_where_the_files_end() -> None:
    found = kafka(shop=(50, 100), triggers=(3, 9))
    files = archive(file(SHOP, 0, 39), file(SHOP, 40, 79), file(TRIGGERS, 0, 4))
    history = joined(found, files, skip_damaged=False)
    assert history.kafka.first == {SHOP: 80, TRIGGERS: 5}
    assert history.first == {SHOP: 0, TRIGGERS: 0}
    assert history.records == 100
    assert history.has_all
    assert history.has_all_triggers


def test_files_that_begin_no_earlier_than_kafka_are_not_read() -> None:
    found = kafka(shop=(50, 100), social=(0, 20))
    files = archive(file(SHOP, 10, 79), file(SOCIAL, 0, 9))
    history = joined(found, files, skip_damaged=False)
    assert history.kafka.first == {SHOP: 80, SOCIAL: 0}
    assert history.archived is not None
    assert history.archived.files.keys() == {SHOP}
    assert not history.has_all


def test_what_was_left_out_makes_a_history_incomplete() -> None:
    files = archive(file(SHOP, 0, 79), left_out="A file is missing.")
    history = joined(kafka(shop=(50, 100)), files, skip_damaged=True)
    assert not history.has_all
    assert not history.has_all_triggers


def test_the_files_of_another_kafka_are_refused() -> None:
    with pytest.raises(FaultError, match=r"ends at offset 1,000 of shop.events.v1-0, and Kafka at"):
        joined(kafka(shop=(50, 100)), archive(file(SHOP, 0, 999)), skip_damaged=True)


def order(who: str) -> bytes:
    message = {"type": "track", "event": "Order Completed", "userId": who}
    return json.dumps({**message, "timestamp": "2026-11-29T00:00:00Z"}).encode()


VALUES: Final[Mapping[int, bytes]] = {
    number: order(who) for number, who in enumerate(("anna", "bob", "anna", "carl"))
}


def test_nobody_who_was_erased_comes_from_files_or_kafka(tmp_path: Path) -> None:
    """Some files may not follow the erasure yet, and Kafka keeps its records."""
    name, arrived = file(SHOP, 0, 3), round(AT.timestamp() * 1000)
    records = [ArchivedRecord(at, arrived, b"key", value) for at, value in VALUES.items()]
    rows = [Row(each, content_of(topics.SHOP_EVENTS, each.value)) for each in records]
    FolderStore(tmp_path).write(name.path, encode_file(name, rows, None))
    erased = {Salted(SALT).tombstone(b"anna"): AT}
    archived = ArchivedRecords(archive(name, erased=erased, place=str(tmp_path)), SALT)
    assert [each.offset for each in archived.of(SHOP)] == [1, 3]
    later = [Record(*SHOP, at, arrived, 1, b"key", value) for at, value in VALUES.items()]
    assert [each.offset for each in archived.without_erased(later)] == [1, 3]


def test_whoever_starts_a_trial_loads_no_parquet() -> None:
    """The API does, and most trials need no archive."""
    code = "import sys, services.trials.trial; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", code), check=False).returncode == 0
