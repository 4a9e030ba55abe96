"""The history of a trial: what the archive has first, then what Kafka has, up to fixed offsets.

If Kafka has every record since the first one, no file is read. Else each partition whose files
begin earlier than Kafka is read from the files, and from Kafka on from where they end. So a trial
loses nothing to the retention of the topics, and reads each record once.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas import topics
from services.archive.file_name import FileName
from services.platform.erasure_salt import salt_of
from services.platform.faults import FaultError
from services.platform.kafka.security import security_of
from services.platform.settings import Settings
from services.trials.kafka_history import KafkaHistory, survey
from services.trials.kafka_records import Range, reading
from services.trials.side import Place
from topology.batching.record import Record

if TYPE_CHECKING:
    from services.trials.archived import Archived


class ArchiveChoice(NamedTuple):
    """Which archive a trial may use."""

    place: str | None = None
    """None for that of the settings."""
    skip_damaged: bool = False
    """Whether what is faulty in it is left out."""


THAT_OF_THE_SETTINGS: Final = ArchiveChoice()


class History(NamedTuple):
    """The records of a trial: of each partition those of its files, then those of Kafka."""

    kafka: KafkaHistory
    """It begins where the files end."""
    archived: "Archived | None" = None
    """None if Kafka has all records, or there is no archive."""

    @property
    def first(self) -> Mapping[Place, int]:
        """Where each partition begins, in the files or in Kafka."""
        files = {} if self.archived is None else self.archived.files
        return {
            place: files[place][0].first if place in files else first
            for place, first in self.kafka.first.items()
        }

    @property
    def records(self) -> int:
        """How many records there are at most: some offsets hold none."""
        first = self.first
        return sum(self.kafka.end[place] - first[place] for place in self.kafka.sources)

    @property
    def left_out(self) -> str:
        """A sentence that counts what is faulty in the archive; empty if nothing is."""
        return "" if self.archived is None else self.archived.left_out

    @property
    def has_all(self) -> bool:
        """True if it has every record of the sources since the first one."""
        return not self.left_out and self.kafka._replace(first=self.first).has_all

    @property
    def has_all_triggers(self) -> bool:
        """True if it has every trigger since the first one."""
        first = self.first
        return not self.left_out and not any(first[place] for place in self.kafka.triggers)


def find_history(kafka: str, settings: Settings, choice: ArchiveChoice) -> History:
    """Find out which records there are, and fix their ends.

    Raises:
        FaultError: there is no Kafka or no record, or the archive can't be used.
    """
    history = History(_survey(kafka, settings))
    if not history.kafka.has_all and (choice.place is not None or settings.archive != "off"):
        history = _with_archive(kafka, settings, choice) or history
    _refuse_empty(history, kafka)
    return history


def _survey(kafka: str, settings: Settings) -> KafkaHistory:
    return asyncio.run(survey(kafka, security_of(settings), settings.app_id, settings.clock))


def _with_archive(kafka: str, settings: Settings, choice: ArchiveChoice) -> History | None:
    """The history with an archive; None if nobody has named one, and there is none."""
    from services.archive.inspection import NoArchiveError
    from services.archive.store import location_of
    from services.trials.archived import find_archived
    from services.trials.erased import erased_people

    place = location_of(settings) if choice.place is None else choice.place
    erased = asyncio.run(erased_people(kafka, security_of(settings), salt_of(settings)))
    try:
        archived = find_archived(place, erased, skip_damaged=choice.skip_damaged)
    except NoArchiveError:
        if choice.place is not None:
            raise
        return None
    # Asked again, so that no file ends behind the ends.
    return joined(_survey(kafka, settings), archived, skip_damaged=choice.skip_damaged)


def joined(kafka: KafkaHistory, archived: "Archived", *, skip_damaged: bool) -> History:
    """Put the files before the records of Kafka.

    Raises:
        FaultError: the files are those of another Kafka, or neither has some of the records.
    """
    files: dict[Place, tuple[FileName, ...]] = {}
    first, gaps = dict(kafka.first), []
    for place, names in archived.files.items():
        topic, number = place
        if place not in first or names[0].first >= first[place]:
            continue
        files[place], ends_at = names, names[-1].last + 1
        if ends_at > kafka.end[place]:
            raise FaultError(
                f"The archive {archived.place} ends at offset {ends_at:,} of {topic}-{number}, and "
                f"Kafka at {kafka.end[place]:,}: its records are those of another Kafka. Name the "
                "right archive with --archive, or use none with STAMMKUNDE_ARCHIVE=off."
            )
        if ends_at < first[place]:
            gaps.append(f"offsets {ends_at} to {first[place] - 1} of {topic}-{number}")
        first[place] = max(ends_at, first[place])
    left_out = archived.left_out
    if gaps:
        lost = f"Neither the archive nor Kafka has {', '.join(gaps)}"
        if not skip_damaged:
            raise FaultError(
                f"{lost}: Kafka has deleted them before they were archived. Leave them out with "
                "--skip-damaged."
            )
        left_out = f"{left_out} {lost}.".strip()
    return History(kafka._replace(first=first), archived._replace(files=files, left_out=left_out))


def _refuse_empty(history: History, kafka: str) -> None:
    first, end = history.first, history.kafka.end
    if all(first[each] >= end[each] for each in history.kafka.sources if each[0] in topics.SOURCES):
        raise FaultError(
            f"Kafka at {kafka} has no events, so there is nothing to try a policy on: send some "
            "first, such as with `stammkunde replay`."
        )


@contextmanager
def reading_history(
    kafka: str, settings: Settings, history: History, places: Iterable[Place]
) -> Iterator[list[Iterator[Record]]]:
    """Connect, and yield the records of each of these partitions.

    Raises:
        FaultError: Kafka is away or deletes records meanwhile, or the archive has changed.
    """
    found = history.kafka
    ranges = {place: Range(found.first[place], found.end[place]) for place in places}
    with reading(kafka, security_of(settings), ranges) as later:
        if history.archived is None:
            yield list(later.values())
            return
        from services.trials.archived import ArchivedRecords

        archived = ArchivedRecords(history.archived, salt_of(settings))
        yield [
            chain(archived.of(place), archived.without_erased(records))
            for place, records in later.items()
        ]
