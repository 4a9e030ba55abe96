"""What is wrong with an archive: files that are missing, damaged, or none of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from schemas.counted import counted
from services.archive.file_name import FileName
from services.archive.parquet import DamagedFileError, decode_file
from services.archive.retention import Listing
from services.archive.store import Store
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

    def __init__(self, place: str, faults: Collection[str]) -> None:
        shown = list(faults)[:_SHOWN]
        more = len(faults) - len(shown)
        lines = [*shown, f"… and {more} more"] if more else shown
        super().__init__(
            f"The archive {place} has {counted(len(faults), 'fault')}. Nothing was sent. Restore "
            "the files, or leave out what is faulty with --skip-damaged:\n" + "\n".join(lines)
        )


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
