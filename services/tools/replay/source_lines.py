"""One line of a replay's file: what is sent, where to, and when it happened."""

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
    TIMES,
    Json,
    UnreadableTimeError,
    moment,
    parse,
    set_time,
)
from schemas.messages.reading.message import profile_in
from services.ingest.routing import topic_of
from services.platform.faults import FaultError
from services.tools.replay.file_format import FormError
from topology.domain.history.instant import ZERO_TIMES_END, to_datetime

_EARLIEST: Final = to_datetime(ZERO_TIMES_END)
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line as it will be sent. `at` is None if the line tells no time that can be true."""

    number: int
    value: bytes
    topic: str
    key: bytes | None
    at: datetime | None
    recognised: bool
    received: datetime | None = None
    """When it came to the first door: as nobody has noted that, when it was sent."""


def read_line(number: int, value: bytes, horizon: datetime) -> SourceLine:
    """Read a line. One that nobody recognises goes to the shop's topic, where the worker says why.

    `horizon` is the latest instant that can be true. Later ones, and the zeros of clocks, are the
    worker's to refuse, and must not set the replay's clock.
    """
    said = _object(value)
    topic, sent = topic_of(said), moment(said.get("sentAt"))
    profile, at = profile_in(said), _time_in(said, sent)
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
        said = parse(value)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _time_in(said: Json, sent: datetime | None) -> datetime | None:
    """When it happened: also of a message that is refused for another reason."""
    told = {name: said.get(name) for name in TIMES}
    try:
        set_time(told, sent, lambda _: None)
    except UnreadableTimeError:
        return None
    return moment(told.get("timestamp")) or sent


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
            raise FormError(msg) from None
        except OSError as error:
            msg = f"Can't read {file}: {error.strerror}."
            raise FaultError(msg) from None
        yield stream


def read_lines(stream: BinaryIO, horizon: datetime) -> Iterator[SourceLine]:
    """Read every line from the start, empty ones left out. For `horizon` see `read_line`.

    A byte order mark before one is no part of it: files are put together with `cat`.
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
