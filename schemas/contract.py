"""The base of every contract: frozen, and deaf to fields that it does not know."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    Field(strict=True),
    AfterValidator(_to_utc),
]
"""An instant: ISO 8601 text with a time zone, kept in UTC. Numbers and naive times are refused."""

Identifier = Annotated[str, Field(min_length=1, max_length=256)]
"""An id that somebody else made: 1 to 256 characters."""


class Contract(BaseModel):
    """A message or record with names in snake_case. Unknown fields are ignored, never an error."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, coerce_numbers_to_str=True
    )


class SegmentContract(Contract):
    """A message in Segment's spec: camelCase at the top level."""

    model_config = ConfigDict(alias_generator=to_camel)
