"""Downloads Kafka's jars from Maven Central into the user's cache, once.

The file kafka-jars.txt beside this module pins Kafka's version: it lists the jars with their sizes
and SHA-256 sums. `services.tools.local_stack.pin` writes it. A jar with another sum is never used.
"""

import asyncio
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver

from services.tools.local_stack.errors import JarsUnavailableError
from services.tools.local_stack.folder import NO_ACCESS, NO_SPACE, named_faults, try_lock

PINNED = Path(__file__).with_name("kafka-jars.txt")
NETWORK_TIMEOUT = 20
POLL = 0.2

ProgressCallback = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class Cancelled(Exception):  # noqa: N818
    """The caller no longer wants the jars."""


@dataclass(frozen=True)
class Jar:
    """One pinned jar: its Maven coordinates, its size in bytes, its SHA-256 in hex."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in the cache, as Maven names it."""
        return f"{self.artifact}-{self.version}.jar"

    def is_at(self, file: Path) -> bool:
        """Whether `file` holds exactly this jar, by its content."""
        return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == self.sha256


def pinned(listing: Path = PINNED) -> tuple[Jar, ...]:
    """Read the list of jars: a line `group:artifact:version size sha256` each, # for comments."""
    lines = listing.read_text().splitlines()
    return tuple(_jar(line) for line in lines if not line.startswith("#"))


def _jar(line: str) -> Jar:
    coordinate, size, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, int(size), sha256)


def default_cache() -> Path:
    """The folder for files that can be downloaded again: XDG_CACHE_HOME or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stammkunde"


class JarCache:
    """Kafka's jars in their own folder below `root`, which is complete or missing."""

    def __init__(
        self, root: Path | None = None, *, repository: str | None = None, listing: Path = PINNED
    ) -> None:
        """Prepare a cache; nothing is touched before `provide`.

        Args:
            root: the folder of the cache, `default_cache()` if None.
            repository: the URL of a Maven repository, Maven Central if None.
            listing: the file that lists the jars, as `pinned` reads it.
        """
        self._root = root or default_cache()
        self._repositories = {"central": repository} if repository else None
        self._jars = pinned(listing)
        self.version = next(jar.version for jar in self._jars if jar.artifact == "kafka_2.13")

    @property
    def folder(self) -> Path:
        """The folder of the jars; it may not exist yet."""
        return self._root / f"kafka-{self.version}"

    @property
    def is_complete(self) -> bool:
        """Whether every jar exists in its full size."""
        try:
            return all((self.folder / j.filename).stat().st_size == j.size for j in self._jars)
        except OSError:
            return False

    async def provide(self, report: Callable[[str], None]) -> Path:
        """Return the folder of the jars, after a download if necessary.

        An interrupted download leaves its verified jars to the next one. Two processes that need
        the jars at once wait for each other.

        Raises:
            JarsUnavailableError: there is no network, or a jar has another sum than the pinned one.
            DiskFullError, FolderNotWritableError: the cache can't be written.
        """
        if self.is_complete:
            return self.folder
        megabytes = sum(jar.size for jar in self._jars) / 1e6
        report(f"Downloading Apache Kafka {self.version} ({megabytes:.0f} MB, once) …")
        cancelled = threading.Event()
        try:
            await asyncio.to_thread(self._complete, cancelled)
        finally:
            cancelled.set()
        return self.folder

    def _complete(self, cancelled: threading.Event) -> None:
        with named_faults(self._root), self._alone(cancelled):
            if not self.is_complete:
                self._fetch_all(cancelled)

    def _fetch_all(self, cancelled: threading.Event) -> None:
        part = self._beside(".part")
        verified, downloads = part / "jars", part / "downloads"
        verified.mkdir(parents=True, exist_ok=True)
        for jar in self._jars:
            if not jar.is_at(verified / jar.filename):
                shutil.rmtree(downloads, ignore_errors=True)
                self._fetch(jar, downloads, cancelled).replace(verified / jar.filename)
        shutil.rmtree(self.folder, ignore_errors=True)
        verified.replace(self.folder)
        shutil.rmtree(part, ignore_errors=True)

    def _fetch(self, jar: Jar, downloads: Path, cancelled: threading.Event) -> Path:
        maven = MavenContext(
            resolver=PythonResolver(progress_callback=_stop_when(cancelled)),
            repo_cache=downloads,
            remote_repos=self._repositories,
            timeout=NETWORK_TIMEOUT,
        )
        component = maven.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            file = component.artifact().resolve()
        except RuntimeError as fault:
            raise JarsUnavailableError(self.version, f"{jar.filename} is not there") from fault
        except OSError as fault:
            if fault.errno in NO_SPACE | NO_ACCESS:
                raise
            raise JarsUnavailableError(self.version, type(fault).__name__) from fault
        if not jar.is_at(file):
            raise JarsUnavailableError(self.version, f"{jar.filename} came damaged or altered")
        return file

    def _beside(self, ending: str) -> Path:
        return self.folder.with_name(self.folder.name + ending)

    @contextmanager
    def _alone(self, cancelled: threading.Event) -> Iterator[None]:
        self._root.mkdir(parents=True, exist_ok=True)
        while (lock := try_lock(self._beside(".lock"))) is None:
            _check(cancelled)
            time.sleep(POLL)
        try:
            yield
        finally:
            os.close(lock)


def _check(cancelled: threading.Event) -> None:
    if cancelled.is_set():
        raise Cancelled


def _stop_when(cancelled: threading.Event) -> ProgressCallback:
    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield lambda _count: _check(cancelled)

    _check(cancelled)
    return progress
