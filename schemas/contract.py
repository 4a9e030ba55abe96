"""The base of every contract: frozen, and deaf to fields that it does not know."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from schemas.plain_json import PLAIN_DATETIME, PLAIN_ID


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        said = "in UTC this time lies outside the years 1 to 9999"
        raise PydanticCustomError("out_of_range", said) from None


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
    """For `exclude_if`: a field that says nothing is left out."""
    return value is None


class Contract(BaseModel):
    """A message or record with names in snake_case. Unknown fields are ignored, never an error."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, coerce_numbers_to_str=True
    )


class SegmentContract(Contract):
    """A message in Segment's spec: camelCase, and nothing else, at the top level."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)
