"""The archive in a folder of this machine, or of one that it has mounted."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from services.archive.store_faults import NoSuchFileError, StoreAwayError, StoreTakenError

_UNFINISHED: Final = ".unfinished"
_LOCK: Final = ".lock"


class FolderStore:
    """Files in a folder that only its owner can read.

    A file is written under another name, brought to the disk, and then renamed.
    """

    has_locks: Final = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def acquire(self) -> None:
        """Lock the folder, and remove what a killed process left unfinished.

        Raises:
            StoreTakenError: another process has locked it.
            StoreAwayError: the folder can't be used.
        """
        with _as_away():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(lock)
                if error.errno in {errno.EAGAIN, errno.EACCES}:
                    msg = f"another process archives to {self._folder}"
                    raise StoreTakenError(msg) from None
                raise
            self._lock = lock
            for left in self._folder.rglob(f"*{_UNFINISHED}"):
                left.unlink(missing_ok=True)

    def release(self) -> None:
        """Unlock the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def files(self) -> Iterator[tuple[str, int]]:
        """Return the path and size of each file; a folder that is not there has none."""
        with _as_away():
            for folder, _, names in os.walk(self._folder, onerror=_unless_missing):
                for name in names:
                    if name == _LOCK or name.endswith(_UNFINISHED):
                        continue
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        yield path.relative_to(self._folder).as_posix(), path.stat().st_size

    def write(self, path: str, content: bytes) -> None:
        """Write or replace a file, and bring it and its name to the disk."""
        target = self._folder / path
        unfinished = target.with_name(target.name + _UNFINISHED)
        with _as_away():
            self._make_folder(target.parent)
            try:
                with open(unfinished, "wb", opener=_private) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(target)
            except OSError:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise
            _to_disk(target.parent)

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        with _as_away():
            return (self._folder / path).read_bytes()

    def open(self, path: str) -> BinaryIO:
        """Open a file."""
        with _as_away():
            return (self._folder / path).open("rb")

    def remove(self, path: str) -> None:
        """Remove a file, and its folder once that is empty."""
        with _as_away():
            target = self._folder / path
            target.unlink(missing_ok=True)
            with suppress(OSError):
                target.parent.rmdir()

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _to_disk(folder.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _as_away() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NoSuchFileError(f"there is no {error.filename}") from None
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise StoreAwayError(f"{what}: {error.filename}" if error.filename else what) from None
