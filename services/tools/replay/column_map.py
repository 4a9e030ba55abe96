"""Which column of a CSV file becomes which field of a message.

```yaml
delimiter: ";"
time_zone: Europe/Berlin
fields:
  type: {value: track}
  event: {value: Order Completed}
  userId: customer_no
  timestamp: {column: ordered_at, as: time, format: "%d.%m.%Y %H:%M"}
  properties.order_id: order_no
  properties.total: {column: amount, as: number, decimal: ","}
  properties.currency: {value: EUR}
```
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from services.platform.faults import FaultError

_NUMBERS: Final = {
    ".": re.compile(r"[+-]?(\d{1,18}|\d{1,3}(,\d{3}){1,5})(\.\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(\d{1,18}|\d{1,3}(\.\d{3}){1,5})(,\d+)?", re.ASCII),
}
"""By the decimal sign. Without it, 59,90 could become 5990."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"there is no time zone {name!r}; write it as Europe/Berlin"
        raise ValueError(msg) from None
    return name


class Part(BaseModel):
    """A part of the map. An unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSource(Part):
    """Where a field comes from: a column, or the same value in every message."""

    column: str | None = None
    value: JsonValue = None
    kind: Annotated[Literal["text", "number", "time"], Field(alias="as")] = "text"
    decimal: Literal[".", ","] = "."
    """The decimal sign of a number. The other sign may separate thousands."""
    format: str | None = None
    """The format of a time, as in Python's strptime; None is ISO 8601."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.value is None):
            msg = "write either `column` or `value`"
            raise ValueError(msg)
        return self

    def read(self, cell: str, zone: tzinfo) -> JsonValue:
        """Return the value of a cell; `zone` is for times without a zone.

        Raises:
            ValueError: the cell is not what the map says. The message does not repeat the cell.
        """
        match self.kind:
            case "text":
                return cell
            case "number":
                return _number(cell, self.decimal)
            case "time":
                return _time(cell, self.format, zone)


def _number(cell: str, decimal: str) -> int | float:
    thousands = "," if decimal == "." else "."
    if not _NUMBERS[decimal].fullmatch(cell):
        msg = f"this is no number with {decimal!r} before its fraction"
        raise ValueError(msg)
    number = Decimal(cell.replace(thousands, "").replace(decimal, "."))
    return int(number) if number == int(number) else float(number)


def _time(cell: str, written: str | None, zone: tzinfo) -> str:
    try:
        read = datetime.strptime(cell, written) if written else datetime.fromisoformat(cell)  # noqa: DTZ007 - below
        at = (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"this is no time as in {written or '1998-07-01T00:00:00Z'}"
        raise ValueError(msg) from None
    return at.isoformat().replace("+00:00", "Z")


def _column_alone(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class ColumnMap(Part):
    """How to read a CSV file. A field is the path of its names, joined by dots."""

    fields: Annotated[
        Mapping[
            Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$")],
            Annotated[FieldSource, BeforeValidator(_column_alone)],
        ],
        Field(min_length=1),
    ]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @model_validator(mode="after")
    def _each_in_its_place(self) -> Self:
        for path in self.fields:
            inside = [other for other in self.fields if other.startswith(f"{path}.")]
            if inside:
                msg = f"{path} has a value of its own, so {inside[0]} can't be in it"
                raise ValueError(msg)
        return self


def load_column_map(file: Path) -> ColumnMap:
    """Read a map from a YAML or JSON file.

    Raises:
        FaultError: the file can't be read, or is no map; the message says where and why.
    """
    try:
        return ColumnMap.model_validate(yaml.safe_load(file.read_bytes()))
    except OSError as error:
        msg = f"Can't read {file}: {error.strerror}."
        raise FaultError(msg) from None
    except yaml.YAMLError as error:
        msg = f"{file} is no YAML: {error}"
        raise FaultError(msg) from None
    except ValidationError as error:
        faults = (f"{file}: {_place(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise FaultError("\n".join(faults)) from None


def _place(where: tuple[int | str, ...]) -> str:
    return " → ".join(str(step) for step in where if step != "[key]") or "the whole"
