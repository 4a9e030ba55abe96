"""Checks the format of a file before any of it is sent."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import BinaryIO, Final

from schemas.messages.reading import parse
from services.platform.faults import FaultError

LOOKED_AT: Final = 100
"""The number of lines that are checked, without empty ones."""
LONGEST: Final = 4 * 1024 * 1024
"""The bytes of a line that are checked: Kafka accepts no message of that size."""
_SHOWN: Final = 60
_COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}


class FileFormatError(FaultError):
    """The file has another format than it should. None of it was sent."""


def check_json_lines(file: str, stream: BinaryIO) -> None:
    """Check that the first lines of a file are JSON objects.

    The workers refuse a few broken lines. At least half of the first hundred must be good.

    Raises:
        FileFormatError: it has another format; the message says which, and what to do.
    """
    check_text(file, stream)
    wrong: list[tuple[int, bytes]] = []
    looked = 0
    for looked, (number, line) in enumerate(_lines(stream), start=1):
        if looked == 1 and line.lstrip()[:1] == b"[":
            msg = (
                f"{file} is one JSON array, but a replay reads one message a line. Convert it with "
                f"`jq -c '.[]' {file}`. Nothing was sent."
            )
            raise FileFormatError(msg)
        if not _is_object(line):
            wrong.append((number, line))
        if looked == LOOKED_AT:
            break
    if 2 * len(wrong) > looked:
        first, line = wrong[0]
        msg = (
            f"{file} does not have one JSON message a line. Line {first} is {_quoted(line)}. If it "
            "is CSV, say with --map which column is which field. If a message spans several lines, "
            "write it on one. Nothing was sent."
        )
        raise FileFormatError(msg)


def check_text(file: str, stream: BinaryIO) -> None:
    """Check that a file is text.

    Raises:
        FileFormatError: it is compressed, or UTF-16.
    """
    stream.seek(0)
    head = stream.read(LONGEST)
    for mark, name in _COMPRESSED.items():
        if head.startswith(mark):
            unpack = f": `gunzip -c {file} | stammkunde replay -`" if name == "gzip" else ""
            msg = f"{file} is compressed with {name}: unpack it first{unpack}. Nothing was sent."
            raise FileFormatError(msg)
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in head[:LOOKED_AT]:
        msg = (
            f"{file} is not UTF-8, but UTF-16 or no text at all. `iconv -f UTF-16 -t UTF-8 {file}` "
            "converts UTF-16 to UTF-8. Nothing was sent."
        )
        raise FileFormatError(msg)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    stream.seek(0)
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        whole = line.removeprefix(BOM_UTF8)
        if whole.strip():
            yield number, whole


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(parse(line), dict)
    except ValueError:
        return False


def _quoted(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
