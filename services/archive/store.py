"""Where the archive's files are stored: what a store must do, and which one a setting names.

A write is durable and whole, or it has not happened: nobody ever reads half a file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from services.archive.folder_store import FolderStore
from services.archive.object_store import ObjectStore
from services.platform.faults import FaultError
from services.platform.settings import Settings

OBJECTS: Final = "s3://"
_FOLDER: Final = "archive"


class Store(Protocol):
    """Files by path. Every method raises `StoreAwayError` if the store can't do it now."""

    @property
    def place(self) -> str:
        """Where the files are, for people."""

    @property
    def has_locks(self) -> bool:
        """Whether `acquire` keeps others from writing."""

    def acquire(self) -> None:
        """Make sure that nobody else writes here, as far as the store can; until `release`."""

    def release(self) -> None:
        """Let others write."""

    def files(self) -> Iterator[tuple[str, int]]:
        """Return the path and size of each file."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file, or replace it; return once it is durable."""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""

    def open(self, path: str) -> BinaryIO:
        """Open a file of which only parts are read."""

    def remove(self, path: str) -> None:
        """Remove a file, if it is there."""


class ArchiveOffError(FaultError):
    """The settings switch the archive off."""

    def __init__(self) -> None:
        super().__init__(
            "STAMMKUNDE_ARCHIVE is off: set it to a folder or to s3://bucket/prefix, or to on for "
            "the folder `archive` in the data folder."
        )


def location_of(settings: Settings) -> str:
    """Return the folder or the URL of the archive.

    Raises:
        ArchiveOffError: the settings switch it off.
    """
    if settings.archive == "off":
        raise ArchiveOffError
    return str(settings.data_dir / _FOLDER) if settings.archive == "on" else settings.archive


def store_at(location: str) -> Store:
    """Return the store at a folder, or at `s3://bucket/prefix`."""
    if location.startswith(OBJECTS):
        return ObjectStore(location)
    return FolderStore(Path(location))
