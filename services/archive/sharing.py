"""Finds out whether another process archives to the same place, where a store has no locks.

Two of them would write the same records into files of other ranges. So the files are listed before
and after each write: a file that meets one of somebody else is not written, or removed again. Then
the archive begins again, after the files that are there. If two are written at once, the one whose
process looks last sees both, and perhaps both do: Kafka still has the records.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise

from services.archive.file_name import FileName
from services.archive.retention import list_store
from services.archive.store import Store


class PlaceSharedError(Exception):
    """Another process archives to the same place: begin again after its files."""


def write_alone(store: Store, name: FileName, content: bytes, known: Iterable[FileName]) -> None:
    """Write a file, unless somebody else has some of its records. `known` are files listed before.

    Raises:
        PlaceSharedError: another process archives to the same place.
        StoreAwayError: the store can't do it now.
    """
    before = max((each for each in known if _is_before(each, name)), default=None)
    if reason := _why_not(name, before, _listed(store) - {name}):
        raise PlaceSharedError(reason)
    store.write(name.path, content)
    if reason := _why_not(name, before, _listed(store) - {name}):
        store.remove(name.path)
        raise PlaceSharedError(reason)


def _listed(store: Store) -> set[FileName]:
    return {each.name for each in list_store(store).files}


def _why_not(name: FileName, before: FileName | None, found: Collection[FileName]) -> str:
    """Why a file can't be beside those that are found; empty if it can.

    The file before it must be there: who began after a file that was removed since has a gap.
    """
    if before is not None and before not in found:
        return f"{before.path} is gone"
    others = [each for each in found if _overlap(each, name)]
    return f"{others[0].path} has offsets of {name.path}" if others else ""


def overlapping(names: Iterable[FileName]) -> list[FileName]:
    """The files that have offsets of the file before them."""
    return [after for before, after in pairwise(sorted(names)) if _overlap(before, after)]


def _overlap(one: FileName, other: FileName) -> bool:
    same = one.partition == other.partition
    return same and one.first <= other.last and other.first <= one.last


def _is_before(one: FileName, other: FileName) -> bool:
    return one.partition == other.partition and one.last < other.first
