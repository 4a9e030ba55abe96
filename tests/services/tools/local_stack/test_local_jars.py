"""Kafka's jars come once, whole and unaltered, or not at all; Java is found where it is."""

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from services.tools.local_stack.errors import JarsUnavailableError
from services.tools.local_stack.folder import try_lock
from services.tools.local_stack.jars import JarCache, default_cache, pinned
from services.tools.local_stack.kafka import OLDEST_JAVA, find_java, java_candidates, java_version
from services.tools.local_stack.server import silent

NOTHING_LISTENS = "http://127.0.0.1:1/maven"
JARS = ("kafka_2.13", "kafka-clients", "log4j-core")


class Maven:
    """A Maven repository on this machine with three small jars, which counts and can stall."""

    def __init__(self, root: Path) -> None:
        """Write the jars below `root` and list them as the real list does."""
        self.files = root / "maven"
        self.listing = root / "jars.txt"
        self.asked: Counter[str] = Counter()
        self.may_answer = Event()
        self.may_answer.set()
        self.url = ""
        lines = []
        for name in JARS:
            jar = self.jar(name)
            jar.parent.mkdir(parents=True)
            jar.write_bytes(name.encode() * 1000)
            content = jar.read_bytes()
            lines.append(f"org.x:{name}:9.9 {len(content)} {hashlib.sha256(content).hexdigest()}")
        self.listing.write_text("# comment\n" + "\n".join(lines) + "\n")

    def jar(self, name: str) -> Path:
        """Where the repository has a jar."""
        return self.files / "org" / "x" / name / "9.9" / f"{name}-9.9.jar"

    def cache(self, root: Path) -> JarCache:
        """A cache that gets its jars here."""
        return JarCache(root, repository=self.url, listing=self.listing)


class Handler(SimpleHTTPRequestHandler):
    """Answers from a folder, and notifies the repository."""

    def __init__(self, maven: Maven, *request: object) -> None:
        """Answer one request to `maven`."""
        self._maven = maven
        super().__init__(*request, directory=str(maven.files))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Count, wait if it is to stall, and answer."""
        self._maven.asked[Path(self.path).name] += 1
        self._maven.may_answer.wait(10)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def maven(tmp_path: Path) -> Iterator[Maven]:
    """A running repository."""
    repository = Maven(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, repository)) as server:
        repository.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield repository
        repository.may_answer.set()
        server.shutdown()
        thread.join()


async def test_jars_are_fetched_once_and_then_need_no_network(maven: Maven, tmp_path: Path) -> None:
    """The second time there is no request, and no report."""
    root, lines = tmp_path / "cache", list[str]()
    folder = await maven.cache(root).provide(lines.append)
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{name}-9.9.jar" for name in JARS
    )
    assert lines == ["Downloading Apache Kafka 9.9 (0 MB, once) …"]
    offline = JarCache(root, repository=NOTHING_LISTENS, listing=maven.listing)
    assert await offline.provide(lines.append) == folder
    assert len(lines) == 1


async def test_an_interrupted_fetch_is_finished_by_the_next_start(
    maven: Maven, tmp_path: Path
) -> None:
    """What had come is kept and not asked for again; the cache is whole or not there."""
    last = maven.jar(JARS[-1])
    content = last.read_bytes()
    last.unlink()
    cache = maven.cache(tmp_path / "cache")
    with pytest.raises(JarsUnavailableError, match=r"log4j-core-9\.9\.jar is not there"):
        await cache.provide(silent)
    assert not cache.folder.exists()
    last.write_bytes(content)
    folder = await cache.provide(silent)
    assert (folder / last.name).read_bytes() == content
    assert maven.asked[maven.jar(JARS[0]).name] == 1
    assert sorted(entry.name for entry in folder.parent.iterdir()) == [
        "kafka-9.9",
        "kafka-9.9.lock",
    ]


async def test_a_damaged_cache_is_repaired(maven: Maven, tmp_path: Path) -> None:
    """A jar that was cut short is noticed by its size, and all come again."""
    cache = maven.cache(tmp_path / "cache")
    damaged = await cache.provide(silent) / maven.jar(JARS[1]).name
    damaged.write_bytes(b"short")
    await cache.provide(silent)
    assert damaged.read_bytes() == maven.jar(JARS[1]).read_bytes()


async def test_an_altered_jar_is_refused(maven: Maven, tmp_path: Path) -> None:
    """A jar of the right size with another content is never used."""
    jar = maven.jar(JARS[1])
    jar.write_bytes(bytes(len(jar.read_bytes())))
    cache = maven.cache(tmp_path / "cache")
    with pytest.raises(JarsUnavailableError, match="came damaged or altered"):
        await cache.provide(silent)
    assert not cache.folder.exists()


async def test_two_starts_at_once_fetch_once(maven: Maven, tmp_path: Path) -> None:
    """The second waits for the first and uses what it fetched."""
    first, second = maven.cache(tmp_path / "cache"), maven.cache(tmp_path / "cache")
    await asyncio.gather(first.provide(silent), second.provide(silent))
    assert [maven.asked[maven.jar(name).name] for name in JARS] == [1, 1, 1]


async def test_a_cancelled_fetch_stops_after_the_file_at_hand(maven: Maven, tmp_path: Path) -> None:
    """Ctrl-C does not go on downloading behind the user's back, and frees the lock."""
    maven.may_answer.clear()
    cache = maven.cache(tmp_path / "cache")
    fetching = asyncio.create_task(cache.provide(silent))
    while not maven.asked:
        await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    maven.may_answer.set()
    assert await asyncio.to_thread(_lock_when_free, cache.folder.with_name("kafka-9.9.lock"))
    assert maven.asked[maven.jar(JARS[1]).name] == 0


def _lock_when_free(file: Path) -> bool:
    for _ in range(500):
        if (lock := try_lock(file)) is not None:
            os.close(lock)
            return True
        time.sleep(0.02)
    return False


def test_the_pinned_list_is_one_kafka_with_its_logging() -> None:
    """Every jar is listed once with a full checksum, and Kafka's own all have its version."""
    jars = pinned()
    assert len({jar.filename for jar in jars}) == len(jars)
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)
    assert len({jar.version for jar in jars if jar.group == "org.apache.kafka"}) == 1
    assert "log4j-slf4j-impl" in {jar.artifact for jar in jars}


def test_the_cache_is_where_the_user_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """XDG_CACHE_HOME counts, else ~/.cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "stammkunde"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache" / "stammkunde"


def test_a_java_that_is_new_enough_is_found_here() -> None:
    """The wheel's runtime runs on this machine, or another Java does."""
    assert (java_version(find_java()) or 0) >= OLDEST_JAVA


def test_java_home_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user's own Java is tried when the wheel has none for this machine."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert tmp_path / "bin" / "java" in list(java_candidates())
