"""Looks at the form of a file before anything of it is sent."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import BinaryIO, Final

from schemas.messages.reading import parse
from services.platform.faults import FaultError

LOOKED_AT: Final = 100
"""Lines, without empty ones."""
LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a line that are looked at: Kafka takes no message of that size."""
_SHOWN: Final = 60
_PACKED: Final = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}


class FormError(FaultError):
    """The file is not what it should be. Nothing of it was sent."""


def check_json_lines(file: str, stream: BinaryIO) -> None:
    """See that a file has a JSON object a line, as far as its first lines tell.

    A few broken lines are the workers' to refuse. At least half of the first hundred must be good.

    Raises:
        FormError: it has another form; the text says which, and what to do.
    """
    check_text(file, stream)
    wrong: list[tuple[int, bytes]] = []
    looked = 0
    for looked, (number, line) in enumerate(_lines(stream), start=1):
        if looked == 1 and line.lstrip()[:1] == b"[":
            msg = (
                f"{file} is one JSON array, and a replay reads a message a line: write it with "
                f"`jq -c '.[]' {file}`. Nothing was sent."
            )
            raise FormError(msg)
        if not _is_object(line):
            wrong.append((number, line))
        if looked == LOOKED_AT:
            break
    if 2 * len(wrong) > looked:
        first, line = wrong[0]
        msg = (
            f"{file} has no JSON message a line. Line {first} is {_quoted(line)}. If it is CSV, "
            "say with --map which column is which field; write a message that spans several lines "
            "as one. Nothing was sent."
        )
        raise FormError(msg)


def check_text(file: str, stream: BinaryIO) -> None:
    """See that a file is text.

    Raises:
        FormError: it is packed, or UTF-16.
    """
    stream.seek(0)
    head = stream.read(LONGEST)
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            unpack = f": `gunzip -c {file} | stammkunde replay -`" if name == "gzip" else ""
            msg = f"{file} is packed with {name}: unpack it first{unpack}. Nothing was sent."
            raise FormError(msg)
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in head[:LOOKED_AT]:
        msg = (
            f"{file} is not UTF-8, but UTF-16 or no text at all: `iconv -f UTF-16 -t UTF-8 {file}` "
            "makes UTF-8 of UTF-16. Nothing was sent."
        )
        raise FormError(msg)


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
