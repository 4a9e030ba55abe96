"""The file that a replay reads. It is read twice: once to see whether it is in order, once to send.

What can't be read twice, such as standard input, is copied to a temporary file first.
"""

import shutil
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from services.platform.faults import FaultError
from services.tools.replay.form import FormError
from services.tools.replay.line import SourceLine, read_line

STANDARD_INPUT = "-"


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
