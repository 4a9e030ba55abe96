"""Files of exchange rates: CSV, plain or in the form of the ECB's reference rates."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Context, Decimal
from typing import Final, NamedTuple, TypeVar

from schemas.counted import counted
from schemas.currency import is_money

MOST_BYTES: Final = 16 * 1024 * 1024
"""Bytes of a file. All of the ECB's rates since 1999 are a seventh of it."""

MOST_DIGITS: Final = 15
"""Digits that are exact, however a number was written and read."""

_SHORT: Final = Context(prec=MOST_DIGITS)
_LARGEST: Final = Decimal(10) ** 9
_SMALLEST: Final = Decimal(10) ** -9
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE: Final = re.compile("[A-Z]{3}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_NOTHING: Final = ("", "N/A")
_PLAIN: Final = ("currency", "from", "rate")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


_Read = TypeVar("_Read")


class FileRate(NamedTuple):
    """A rate of the plain form: in units of the policy's currency. `line` counts from 1."""

    line: int
    currency: str
    since: date
    rate: Decimal


class ReferenceDay(NamedTuple):
    """A line in the ECB's form: units of each currency for 1 EUR."""

    line: int
    since: date
    units: dict[str, Decimal]


class FileOfRates(NamedTuple):
    """The rates of a file, in one of both forms. `currencies` are the columns of the ECB's."""

    rates: tuple[FileRate, ...] = ()
    days: tuple[ReferenceDay, ...] = ()
    currencies: frozenset[str] | None = None


class FileFaults(Exception):  # noqa: N818 - it names what was found
    """The faults of a file, each with its line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class _LineFault(Exception):  # noqa: N818 - it names what was found
    """The fault of a line."""


def rate_fault(rate: Decimal) -> str | None:
    """The fault of a rate, or None."""
    if not rate.is_finite() or rate <= 0:
        return "a rate must be more than 0"
    if not _SMALLEST <= rate <= _LARGEST:
        return "a rate lies between 0.000000001 and 1000000000"
    if _SHORT.plus(rate) != rate:
        return f"a rate has at most {MOST_DIGITS} digits"
    return None


def parse_rates(content: bytes) -> FileOfRates:
    """Read a file of rates.

    Raises:
        FileFaults: it is no such file.
    """
    if len(content) > MOST_BYTES:
        raise FileFaults([f"line 1: the file is larger than {MOST_BYTES // 1024**2} MiB"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileFaults([f"line {line}: this is no text in UTF-8"]) from None
    lines = _lines(text)
    number, head = next(lines, (1, []))
    names = [each.lower() for each in head]
    if tuple(names) == _PLAIN:
        return FileOfRates(rates=tuple(_each(lines, _plain)))
    if names[:1] == ["date"]:
        columns = _columns(number, head)
        days = tuple(_each(lines, lambda line, cells: _day(line, cells, columns)))
        return FileOfRates(days=days, currencies=frozenset(filter(None, columns)))
    problem = "the first line must be currency,from,rate, or Date and a column for each currency"
    raise FileFaults([f"line {number}: {problem}"])


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, with their numbers."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileFaults([f"line {reader.line_num}: {error}"]) from None
        if cells is None:
            return
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield reader.line_num, stripped


def _each(
    lines: Iterator[tuple[int, list[str]]], read: Callable[[int, list[str]], _Read]
) -> Iterator[_Read]:
    """Read every line, and raise what is wrong with any of them."""
    faults: list[str] = []
    for number, cells in lines:
        try:
            yield read(number, cells)
        except _LineFault as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        raise FileFaults(faults)


def _plain(line: int, cells: list[str]) -> FileRate:
    if len(cells) != len(_PLAIN):
        raise _LineFault("a line has a currency, a day and a rate")
    currency, since, rate = cells
    if not is_money(currency):
        raise _LineFault(f"{currency!r:.40} is not a currency code of ISO 4217")
    return FileRate(line, currency, _since(since), _number(rate, "rate"))


def _columns(line: int, head: list[str]) -> tuple[str | None, ...]:
    """The currency of each column behind the first; None for one that is no longer money.

    The ECB's file still has those that the euro has replaced.
    """
    columns: list[str | None] = []
    for name in head[1:]:
        if name and not _CODE.fullmatch(name):
            raise FileFaults([f"line {line}: {name!r:.40} is not a currency code of ISO 4217"])
        if name in columns:
            raise FileFaults([f"line {line}: there are two columns for {name}"])
        columns.append(name if is_money(name) else None)
    return tuple(columns)


def _day(line: int, cells: list[str], columns: tuple[str | None, ...]) -> ReferenceDay:
    if len(cells) > len(columns) + 1:
        there = counted(len(cells), "column")
        raise _LineFault(f"{there}, and the first line names {len(columns) + 1}")
    units = {
        currency: _number(cell, currency)
        for currency, cell in zip(columns, cells[1:], strict=False)
        if currency is not None and cell not in _NOTHING
    }
    return ReferenceDay(line, _since(cells[0]), units)


def _since(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        day, month, year = text.split()
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        raise _LineFault(f"{text!r:.40} is no day; write it as 2026-01-01") from None


def _number(text: str, name: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise _LineFault(f"{name}: {text!r:.40} is no number")
    number = Decimal(text).normalize()
    if fault := rate_fault(number):
        raise _LineFault(f"{name}: {fault}")
    return number
