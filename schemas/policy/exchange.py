"""Exchange: dated rates, by which orders in other currencies become amounts in the policy's."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    PrivateAttr,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from schemas.currency import digits_of
from schemas.policy.part import Fault, PolicyPart, refuse
from schemas.policy.rates_file import FileFaults, FileOfRates, parse_rates, rate_fault

ReadFile: TypeAlias = Callable[[str], bytes]
"""Reads a file that a policy names. It raises OSError."""

READ_FILE: Final = "read_file"
"""The key of a `ReadFile` in the context of pydantic's validation."""

_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE_TEXT: Final = re.compile(_DATE)
_MOST_FAULTS: Final = 5
"""Faults of a file that are reported."""


def known_currency(code: str) -> str:
    """The code of a currency in which a shop can be paid.

    Raises:
        ValueError: it is no such code.
    """
    try:
        digits = digits_of(code)
    except ValueError:
        msg = f"{code!r} is not a currency code of ISO 4217; write for example EUR"
        raise ValueError(msg) from None
    if digits is None:
        msg = f"{code} is no money that a shop is paid in; write for example EUR"
        raise ValueError(msg)
    return code


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE_TEXT.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("write a day such as 2026-01-01")


def _rate(value: Decimal) -> Decimal:
    shortest = value.normalize()
    if fault := rate_fault(shortest):
        raise ValueError(fault)
    return shortest


Day = Annotated[
    date,
    BeforeValidator(_date),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_DATE}$", "examples": ["2026-01-01"]}),
]
"""A calendar day of the shop's."""

ExactRate = Annotated[Decimal, Field(gt=0, examples=[1.04]), AfterValidator(_rate)]
"""How many units of the policy's currency one unit is: an exact decimal of at most 15 digits."""


class Rate(PolicyPart):
    """What one unit of a currency is in the policy's, from the beginning of a day on.

    It holds until the next rate of that currency.
    """

    currency: Annotated[str, AfterValidator(known_currency)]
    since: Annotated[Day, Field(alias="from")]
    rate: ExactRate


class RatesFile(PolicyPart):
    """A CSV with rates, beside the policy's file: `currency,from,rate`, or the ECB's form.

    That is the form of the reference rates of the European Central Bank: first `Date`, then a
    column for each currency, with units of it for 1 EUR.
    """

    file: Annotated[str, Field(min_length=1, max_length=1024, examples=["rates.csv"])]
    _content: FileOfRates = PrivateAttr()

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> Self:
        read_file: ReadFile | None = (info.context or {}).get(READ_FILE)
        if read_file is None:
            refuse([Fault(("file",), "no file can be read here: write the rates themselves")])
            return self
        try:
            self._content = parse_rates(read_file(self.file))
        except OSError as error:
            refuse([Fault(("file",), f"can't read {self.file}: {error.strerror or error}")])
        except FileFaults as error:
            refuse(Fault(("file",), f"{self.file}, {each}") for each in error.faults[:_MOST_FAULTS])
        return self

    @property
    def content(self) -> FileOfRates:
        """The rates in the file when the policy was read."""
        return self._content


RATE: Final = "one rate"
FILE: Final = "a file of rates"
EXCHANGES: Final[Mapping[str, type[PolicyPart]]] = {RATE: Rate, FILE: RatesFile}


def _kind(value: Any) -> str:
    if isinstance(value, RatesFile):
        return FILE
    return FILE if isinstance(value, Mapping) and "file" in value else RATE


Exchange = Annotated[
    Annotated[Rate, Tag(RATE)] | Annotated[RatesFile, Tag(FILE)], Discriminator(_kind)
]
