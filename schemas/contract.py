"""The base of every contract, and the types and marks of its fields."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError

from schemas.plain_json import PLAIN_DATETIME, PLAIN_ID


def _to_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        problem = "in UTC this time lies outside the years 1 to 9999"
        raise PydanticCustomError("out_of_range", problem) from None


TO_UTC: Final = AfterValidator(_to_utc)

UtcDatetime = Annotated[AwareDatetime, PLAIN_DATETIME, TO_UTC]
"""An instant: ISO 8601 text with a time zone, kept in UTC. Numbers and naive times are refused."""

Identifier = Annotated[str, Field(min_length=1, max_length=256), PLAIN_ID]
"""An id that somebody else made: 1 to 256 characters."""


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()


WritableText = Annotated[str, AfterValidator(_writable)]
"""A text that a sender may have written, in an answer: UTF-8 has no half of a pair of surrogates,
which becomes a question mark."""


def is_none(value: object) -> bool:
    """For `exclude_if`: a field without a value is left out."""
    return value is None


class Contract(BaseModel):
    """A message or record with names in snake_case. Unknown fields are ignored, never an error."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, coerce_numbers_to_str=True
    )


class SegmentContract(Contract):
    """A message in Segment's spec: camelCase, and nothing else, at the top level."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)


_PASSED_OVER: Final = "Passed over if it can't be read."


class Side:
    """Marks a side field: it decides nothing, so it is ignored if it can't be read.

    Of a list, only the items that can't be read are ignored. Contracts mark side fields in
    their annotations, and nowhere else. Every other field decides, and is checked strictly: who it
    was, what happened, when, how much, how good.
    """

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of the strict form, with a word on what becomes of other forms."""
        return handler(core_schema) | {"description": _PASSED_OVER}


SIDE: Final = Side()


def is_side(field: FieldInfo) -> bool:
    """True for a field that decides nothing."""
    return SIDE in field.metadata
