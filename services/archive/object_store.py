"""The archive in S3-compatible storage. Credentials and endpoint come from the variables AWS_…."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from pyarrow import ArrowException
from pyarrow.fs import FileSelector, FileType, S3FileSystem

from services.archive.store_faults import NoSuchFileError, StoreAwayError

_TIMEOUT_S: Final = 20


class ObjectStore:
    """Objects under a prefix of a bucket. An object is there once its upload is complete."""

    has_locks: Final = False

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        self._root = f"{parts.netloc}{parts.path}".rstrip("/")
        endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
        self._fs = S3FileSystem(
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
            scheme=endpoint.scheme or "https",
            endpoint_override=endpoint.netloc or None,
            connect_timeout=_TIMEOUT_S,
            request_timeout=_TIMEOUT_S,
            background_writes=False,
        )

    @property
    def place(self) -> str:
        """The URL."""
        return self._url

    def acquire(self) -> None:
        """Do nothing: S3 has no locks; see `sharing`."""

    def release(self) -> None:
        """Do nothing."""

    def files(self) -> Iterator[tuple[str, int]]:
        """Return the path and size of each object under the prefix."""
        with _as_away():
            selector = FileSelector(self._root, recursive=True, allow_not_found=True)
            for each in self._fs.get_file_info(selector):
                if each.type == FileType.File:
                    yield each.path.removeprefix(f"{self._root}/"), each.size

    def write(self, path: str, content: bytes) -> None:
        """Put an object."""
        with _as_away(), self._fs.open_output_stream(self._at(path)) as stream:
            stream.write(content)

    def read(self, path: str) -> bytes:
        """Return the content of an object."""
        with _as_away(), self._fs.open_input_stream(self._at(path)) as stream:
            return bytes(stream.read())

    def open(self, path: str) -> BinaryIO:
        """Open an object; only what is read is loaded."""
        with _as_away():
            return cast("BinaryIO", self._fs.open_input_file(self._at(path)))

    def remove(self, path: str) -> None:
        """Delete an object, if it is there."""
        with suppress(NoSuchFileError), _as_away():
            self._fs.delete_file(self._at(path))

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


@contextmanager
def _as_away() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NoSuchFileError(_first_line(error)) from None
    except (ArrowException, OSError) as error:
        raise StoreAwayError(_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
