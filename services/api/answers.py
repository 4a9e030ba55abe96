"""Answers that several routes share: a page of a list, counts, and their JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Generic, TypeVar

import msgspec
from fastapi.responses import Response
from pydantic import BaseModel, Field

from schemas.contract import UtcDatetime
from schemas.dimensions import DimensionCounts

Item = TypeVar("Item")

_JSON: Final = "application/json"

AS_OF = (
    "All that happened until this instant is in here. Null only while a partition of the customers "
    "has no clock yet: seconds after the first start, or, if the clock is that of a topic, until "
    "its first instant."
)


class Listing(BaseModel, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...]
    next: str | None = Field(
        description="Opaque text to continue with, or null if there is nothing to continue with.",
    )
    as_of: UtcDatetime | None = Field(description=AS_OF)


class _Total(BaseModel):
    customers: int = Field(description="All of them.")


class SegmentCounts(DimensionCounts, _Total):  # The fields of the last class come first.
    """How many customers there are, by each dimension. The segments of the policy are all here."""

    as_of: UtcDatetime | None = Field(description=AS_OF)


def json_of(answer: BaseModel) -> Response:
    """The answer as JSON, with the names of the contracts."""
    return Response(answer.model_dump_json(by_alias=True), media_type=_JSON)


def listing_of(bodies: Iterable[bytes], go_on: str | None, as_of: datetime | None) -> Response:
    """A `Listing` of items that are JSON already: records as the worker wrote them."""
    items = [msgspec.Raw(each) for each in bodies]
    return Response(
        msgspec.json.encode({"items": items, "next": go_on, "as_of": as_of}), media_type=_JSON
    )
