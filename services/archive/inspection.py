"""What is wrong with an archive: files that are missing, damaged, or none of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from schemas.counted import counted
from services.archive.file_name import FileName
from services.archive.parquet import DamagedFileError, decode_file
from services.archive.retention import Listing, list_store
from services.archive.store import Store
from services.archive.store_faults import StoreAwayError
from services.platform.faults import FaultError

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Findings:
    """The files that can be read, and what is wrong with the others, one sentence each."""

    whole: tuple[FileName, ...]
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """All sentences."""
        return (*self.foreign, *self.missing, *self.damaged)


class ArchiveFaultyError(FaultError):
    """An archive is not whole."""

    def __init__(self, place: str, faults: Collection[str], undone: str) -> None:
        shown = list(faults)[:_SHOWN]
        more = len(faults) - len(shown)
        lines = [*shown, f"… and {more} more"] if more else shown
        super().__init__(
            f"The archive {place} has {counted(len(faults), 'fault')}. {undone} Restore the files, "
            "or leave out what is faulty with --skip-damaged:\n" + "\n".join(lines)
        )


class NoArchiveError(FaultError):
    """There is no archive at a place."""

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no file of an archive in {place}.")


def usable_files(
    store: Store, topics: Collection[str], *, skip_damaged: bool, undone: str
) -> Findings:
    """Return the files of these topics that can be used: all, or those that are not faulty.

    Args:
        store: where the archive is.
        topics: whose files are read.
        skip_damaged: whether what is faulty is left out, and not refused.
        undone: a sentence that says what was not done because of the faults.

    Raises:
        ArchiveFaultyError: something is faulty. It names what.
        NoArchiveError: there is no file of these topics.
        FaultError: the store does not answer.
    """
    try:
        findings = inspect(store, list_store(store), topics)
    except StoreAwayError as error:
        msg = f"The archive {store.place} can't be read: {error}."
        raise FaultError(msg) from None
    if findings.faults and not skip_damaged:
        raise ArchiveFaultyError(store.place, findings.faults, undone)
    if not findings.whole:
        raise NoArchiveError(store.place)
    return findings


def inspect(store: Store, listing: Listing, topics: Collection[str]) -> Findings:
    """Read each file of these topics, and look for gaps between their offsets.

    Raises:
        StoreAwayError: the store does not answer.
    """
    names = [each.name for each in listing.files if each.name.partition.topic in topics]
    whole, damaged = [], []
    for name in names:
        try:
            decode_file(name, store.read(name.path))
        except DamagedFileError as error:
            damaged.append(f"{name.path} is damaged: {error}")
        else:
            whole.append(name)
    return Findings(
        tuple(whole),
        tuple(f"{path} is no file of the archive" for path in listing.foreign),
        tuple(_gaps(names)),
        tuple(damaged),
    )


def _gaps(names: Iterable[FileName]) -> Iterable[str]:
    for before, after in pairwise(sorted(names)):
        if before.partition != after.partition:
            continue
        if after.first > before.last + 1:
            yield (
                f"a file is missing: offsets {before.last + 1} to {after.first - 1} of "
                f"{before.partition}"
            )
        elif after.first <= before.last:
            yield f"{after.path} has offsets of {before.path}"
