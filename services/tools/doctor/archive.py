"""Checks the archive: its place, the room there, and how far it is behind Kafka."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.counted import counted
from services.archive.file_name import FileName, Partition, next_offsets
from services.archive.file_writer import ShortestRetention
from services.archive.resume import ARCHIVED
from services.archive.retention import Listing, list_store
from services.archive.run import shortest_of
from services.archive.store import OBJECTS, location_of, store_at
from services.archive.store_faults import StoreAwayError
from services.platform.faults import FaultError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.security import security_of
from services.platform.kafka.topic_reader import partitions_of
from services.platform.kafka.topics.existing import settings_of
from services.platform.settings import Settings
from services.tools.doctor.finding import Finding, note, ok, wrong
from services.tools.doctor.machine import GIB, ROOM_NEEDED

SUBJECT: Final = "archive"
LAG: Final = "archive lag"
TIMEOUT_S: Final = 20.0
HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
TWO_DAYS: Final = 2
SLACK_S: Final = 600.0
"""How much later than it should a file may be written, before the role seems to be down."""


@dataclass(frozen=True, slots=True)
class ArchivedPartition:
    """How far a partition is archived, by offsets."""

    partition: Partition
    archived: int
    """The offset after the last one in a file; the first one in Kafka if there is no file."""
    first: int
    """The first one that Kafka has."""
    end: int
    due: int
    """The first one that may still wait for its file."""
    endangered_before: int
    """Of earlier ones half of the retention has gone by."""


async def check_archive(settings: Settings, kafka: str | None) -> list[Finding]:
    """Check the archive of the settings, and what Kafka has beside it."""
    if settings.archive == "off":
        return [note(SUBJECT, "STAMMKUNDE_ARCHIVE is off: records end with Kafka's retention")]
    place = location_of(settings)
    try:
        listing = await asyncio.to_thread(lambda: list_store(store_at(place)))
    except StoreAwayError as error:
        return [wrong(SUBJECT, f"{place} can't be read: {error}")]
    found = [check_place(place, listing)]
    if kafka is not None:
        found.append(await _check_lag(settings, kafka, [each.name for each in listing.files]))
    return found


def check_place(place: str, listing: Listing) -> Finding:
    """Check that files can be written, and that there is room for more."""
    size = f"{counted(len(listing.files), 'file')}, {listing.size / GIB:.2f} GiB, in {place}"
    if listing.foreign:
        return wrong(SUBJECT, f"{listing.foreign[0]} in {place} is no file of the archive: move it")
    if place.startswith(OBJECTS):
        return ok(SUBJECT, size)
    nearest = next(each for each in (Path(place), *Path(place).absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            free = shutil.disk_usage(nearest).free
    except OSError as error:
        return wrong(SUBJECT, f"{place} can't be written: {error.strerror}")
    if free < ROOM_NEEDED:
        return wrong(SUBJECT, f"{size}: only {free / GIB:.2f} GiB are free there")
    return ok(SUBJECT, f"{size}; {free / GIB:.1f} GiB free")


async def _check_lag(settings: Settings, kafka: str, files: Iterable[FileName]) -> Finding:
    archived = next_offsets(files)
    if not archived:
        return note(LAG, "nothing is archived yet: `stammkunde archive` writes the files")
    security, late_ms = security_of(settings), (settings.archive_file_age_s + SLACK_S) * 1000
    try:
        async with connected_admin(kafka, security) as admin:
            topics = await settings_of(admin, ARCHIVED)
        kept = {name: int(each.get("retention.ms", "-1")) for name, each in topics.items()}
        async with connected_consumer(kafka, security) as consumer, asyncio.timeout(TIMEOUT_S):
            found = await _partitions(consumer, archived, kept, round(late_ms))
    except (FaultError, KafkaError, TimeoutError) as error:
        return note(LAG, f"Kafka does not say: {error or type(error).__name__}")
    return lag_finding(found, shortest_of((name, str(ms)) for name, ms in kept.items()))


async def _partitions(
    consumer: AIOKafkaConsumer,
    archived: Mapping[Partition, int],
    kept_ms: Mapping[str, int],
    late_ms: int,
) -> list[ArchivedPartition]:
    places, now_ms = await partitions_of(consumer, ARCHIVED), round(time.time() * 1000)
    firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    due = await consumer.offsets_for_times(dict.fromkeys(places, now_ms - late_ms))
    halves = {each: now_ms - kept_ms[each.topic] // 2 for each in places if kept_ms[each.topic] > 0}
    safe = await consumer.offsets_for_times(halves) if halves else {}
    found = []
    for each in places:
        partition, first, end = Partition(each.topic, each.partition), firsts[each], ends[each]
        found.append(
            ArchivedPartition(
                partition,
                archived.get(partition, first),
                first,
                end,
                due=_offset_in(due, each, end),
                endangered_before=_offset_in(safe, each, end) if each in halves else first,
            )
        )
    return found


def _offset_in(found: Mapping[TopicPartition, Any], place: TopicPartition, end: int) -> int:
    """The offset that Kafka found for a time; the end if all records are older."""
    return end if found[place] is None else found[place].offset


def lag_finding(found: Sequence[ArchivedPartition], shortest: ShortestRetention) -> Finding:
    """Say the worst that there is to say."""
    ahead = [each for each in found if each.archived > each.end]
    if ahead:
        worst = ahead[0]
        message = (
            f"the files end at offset {worst.archived:,} of {worst.partition}, and Kafka at "
            f"{worst.end:,}: they are those of another Kafka, see docs/archive.md"
        )
        return wrong(LAG, message)
    lost = [each for each in found if each.archived < each.first]
    if lost:
        ranges = (f"{each.archived} to {each.first - 1} of {each.partition}" for each in lost)
        message = f"Kafka has deleted offsets {', '.join(ranges)} before they were archived"
        return wrong(LAG, f"{message}: keep records longer in Kafka, and let the archive run")
    waiting = sum(each.end - each.archived for each in found)
    message = f"{counted(waiting, 'offset')} are in no file yet; {_meaning(shortest)}"
    endangered = [each for each in found if each.archived < each.endangered_before]
    if endangered:
        names = ", ".join(str(each.partition) for each in endangered)
        return wrong(LAG, f"{message}. More than half of that has gone by for {names}")
    if any(each.archived < each.due for each in found):
        return note(LAG, f"{message}. Some should be in files by now: does the archive run?")
    return ok(LAG, message)


def _meaning(shortest: ShortestRetention) -> str:
    """What the retention of the topics means for an outage."""
    if shortest.seconds == inf:
        return "Kafka keeps them for ever, however long an outage of the archive is"
    days = shortest.seconds / DAY_S
    span = f"{days:.0f} days" if days >= TWO_DAYS else f"{shortest.seconds / HOUR_S:.1f} hours"
    return f"Kafka keeps {shortest.topic} for {span}, so the archive may not be away longer"
