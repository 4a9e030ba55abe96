"""Reads the rows of a CSV file as source messages, by a map of its columns."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from pydantic import JsonValue, ValidationError

from schemas.counted import counted
from schemas.messages.reading import (
    NoProfileError,
    PlaceholderIdError,
    UnclearFieldError,
    UnreadableTimeError,
    read_message,
)
from schemas.messages.reading.refusals import fault_of
from services.platform.faults import FaultError
from services.tools.replay.column_map import ColumnMap
from services.tools.replay.source_lines import SourceLine, read_line

Refuse = Callable[[int, str], None]
"""Gets the number of a line that can't be a message, and the reason."""

Message = dict[str, JsonValue]


class RowError(ValueError):
    """A row that can't be a message. The text says why, without repeating the row."""


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Reads rows as messages. For `horizon` see `read_line`."""

    columns: ColumnMap
    horizon: datetime
    refuse: Refuse

    def __call__(self, stream: BinaryIO) -> Iterator[SourceLine]:
        """Read every row from the start. A refused row does not stop the others.

        Raises:
            FaultError: the first row lacks a column of the map.
        """
        stream.seek(0)
        rows = csv.reader(self._text(stream), delimiter=self.columns.delimiter, strict=True)
        builder: MessageBuilder | None = None
        while True:
            number = rows.line_num + 1
            try:
                row = next(rows, None)
                if row is None:
                    return
                if builder is None:
                    builder = MessageBuilder(self.columns, row)
                elif any(cell.strip() for cell in row):
                    value = builder.message(number, row)
                    yield read_line(number, value, self.horizon)
            except (csv.Error, RowError) as error:
                swallowed = f" (up to line {rows.line_num})" if rows.line_num > number else ""
                self.refuse(number, f"{error}{swallowed}")

    def _text(self, stream: BinaryIO) -> Iterator[str]:
        for number, line in enumerate(stream):
            whole = line.removeprefix(BOM_UTF8) if number == 0 else line
            yield whole.decode(self.columns.encoding, "surrogateescape")


@dataclass(frozen=True, slots=True)
class MessageBuilder:
    """Makes messages of rows, by the names in the file's first row."""

    columns: ColumnMap
    header: Sequence[str]
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", ZoneInfo(self.columns.time_zone))
        for path, source in self.columns.fields.items():
            if source.column is not None and self.header.count(source.column) != 1:
                known = ", ".join(self.header)
                msg = (
                    f"The map takes {path} from the column {source.column!r}, which the file's "
                    f"first row must have once. It has: {known}."
                )
                raise FaultError(msg)

    def message(self, number: int, row: Sequence[str]) -> bytes:
        """Return the message of a row as JSON.

        A message without an id gets one that depends on the row and its line number only, so that
        the same file can be sent again.

        Raises:
            RowError: the row can't be a message.
        """
        if len(row) != len(self.header):
            msg = f"it has {counted(len(row), 'cell')}, the first row {len(self.header)}"
            raise RowError(msg)
        message: Message = {}
        for path in self.columns.fields:
            value = self._value(path, dict(zip(self.header, row, strict=True)))
            if value is not None:
                _put(message, path.split("."), value)
        message.setdefault("messageId", _id_of(number, row))
        return _checked(message)

    def _value(self, path: str, cells: dict[str, str]) -> JsonValue:
        """The value of the field, None for an empty cell."""
        source = self.columns.fields[path]
        if source.column is None:
            return source.value
        cell = cells[source.column].strip()
        if not cell:
            return None
        if any("\udc80" <= sign <= "\udcff" for sign in cell):
            msg = f"{path}: this is not {self.columns.encoding}"
            raise RowError(msg)
        try:
            return source.read(cell, self.zone)
        except ValueError as error:
            msg = f"{path}: {error}"
            raise RowError(msg) from None


def _put(message: Message, path: Sequence[str], value: JsonValue) -> None:
    *parents, last = path
    place: Any = message
    for name in parents:
        place = place.setdefault(name, {})  # The map has no value where another field is in it.
    place[last] = value


def _id_of(number: int, row: Sequence[str]) -> str:
    identity = json.dumps([number, *row]).encode()
    return f"csv-{sha256(identity).hexdigest()[:32]}"


def _checked(message: Message) -> bytes:
    value = json.dumps(message, ensure_ascii=False).encode()
    try:
        found = read_message(message, None).message
    except ValidationError as error:
        raise RowError(fault_of(error, message).detail) from None
    except (
        UnreadableTimeError,
        UnclearFieldError,
        NoProfileError,
        PlaceholderIdError,
    ) as error:
        raise RowError(str(error)) from None
    if found.profile is None:
        msg = "it names nobody: neither userId nor anonymousId"
        raise RowError(msg)
    return value
