"""Reads the lines of a replay's file: what to send, to which topic, and when it happened.

A replay reads its file twice: to find out whether it is in time order, and to send it. Input that
can't be read twice, such as standard input, is copied to a temporary file first.
"""

import shutil
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from schemas import topics
from schemas.messages.reading import (
    TIME_FIELDS,
    Json,
    UnreadableTimeError,
    parse,
    parse_time,
    set_time,
)
from schemas.messages.reading.message import profile_in
from services.ingest.routing import topic_of
from services.platform.faults import FaultError
from services.tools.replay.file_format import FileFormatError
from topology.domain.history.instant import ZERO_TIMES_END, to_datetime

_EARLIEST: Final = to_datetime(ZERO_TIMES_END)
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line as it will be sent. `at` is None if the line has no plausible time."""

    number: int
    value: bytes
    topic: str
    key: bytes | None
    at: datetime | None
    recognised: bool
    received: datetime | None = None
    """When it was received first: nobody recorded that, so it is when its sender sent it."""
    headers: tuple[tuple[str, bytes], ...] = ()
    """Headers of its own, which an archived record has."""


def read_line(number: int, value: bytes, horizon: datetime) -> SourceLine:
    """Read a line. An unknown event goes to the shop's topic, where the worker refuses it.

    `horizon` is the latest plausible instant. The worker refuses later instants and the zeros of
    clocks. They must not set the replay's clock.
    """
    message = _object(value)
    topic, sent = topic_of(message), parse_time(message.get("sentAt"))
    profile, at = profile_in(message), _time_in(message, sent)
    return SourceLine(
        number=number,
        value=value,
        topic=topic or topics.SHOP_EVENTS,
        key=None if profile is None else profile.encode(errors="replace"),
        at=None if at is None or not _EARLIEST <= at <= horizon else at,
        recognised=topic is not None,
        received=sent,
    )


def _object(value: bytes) -> Json:
    try:
        message = parse(value)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _time_in(message: Json, sent: datetime | None) -> datetime | None:
    """When it happened; also for a message that is refused for another reason."""
    times = {name: message.get(name) for name in TIME_FIELDS}
    try:
        set_time(times, sent, lambda _: None)
    except UnreadableTimeError:
        return None
    return parse_time(times.get("timestamp")) or sent


@contextmanager
def recording(file: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, so that it can be read from its start again.

    Raises:
        FaultError: it can't be read.
    """
    with ExitStack() as opened:
        try:
            stream = opened.enter_context(_open(file))
            if not stream.seekable():
                copy = opened.enter_context(TemporaryFile())
                shutil.copyfileobj(stream, copy)
                stream = copy
        except IsADirectoryError:
            msg = f"{file} is a folder: name a file in it, or `cat {file}/* | stammkunde replay -`."
            raise FileFormatError(msg) from None
        except OSError as error:
            msg = f"Can't read {file}: {error.strerror}."
            raise FaultError(msg) from None
        yield stream


def read_lines(stream: BinaryIO, horizon: datetime) -> Iterator[SourceLine]:
    """Read every line from the start, except empty ones. For `horizon` see `read_line`.

    It removes byte order marks from every line, since `cat` may have joined files.
    """
    stream.seek(0)
    for number, line in enumerate(stream, start=1):
        value = line.removeprefix(BOM_UTF8).rstrip(b"\r\n")
        if value.strip():
            yield read_line(number, value, horizon)


def _open(file: str) -> BinaryIO:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer
    return Path(file).open("rb")
