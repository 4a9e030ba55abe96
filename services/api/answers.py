"""What the API answers, besides what the contracts define."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Generic, Literal, TypeVar

import msgspec
from fastapi.responses import Response
from pydantic import BaseModel, Field

from schemas.contract import UtcDatetime, is_none

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


class SegmentCounts(BaseModel):
    """How many customers there are, by each dimension. The segments of the policy are all here."""

    customers: int = Field(description="All of them.")
    segment: Mapping[str, int]
    stage: Mapping[str, int]
    tier: Mapping[str, int]
    care: Mapping[str, int]
    as_of: UtcDatetime | None = Field(description=AS_OF)


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class StandingStill(BaseModel):
    """A partition of which the workers have had work, and have not moved."""

    partition: int
    lag: int = Field(description="How many offsets are left before the sources' ends.")
    since: datetime = Field(description="When it moved last, as far as this process has seen.")


class Sources(BaseModel):
    """How far the workers are behind the sources."""

    lag: int = Field(description="Of all partitions together.")
    standing_still: tuple[StandingStill, ...] = Field(
        description="The partitions that have had work for more than 30 s, and have not moved."
    )


class Ready(BaseModel):
    """The API can be asked."""

    status: Literal["ready", "degraded"] = Field(
        description="`degraded` while a partition of the workers stands still: what this API "
        "answers is fresh, but of the customers in there nothing new is known."
    )
    lag: int = Field(description="Records in Kafka that the projector has not applied yet.")
    behind_s: float = Field(description="How old the latest end of the topics is that it reached.")
    as_of: UtcDatetime | None = Field(description=AS_OF)
    sources: Sources | None = Field(
        default=None,
        exclude_if=is_none,
        description="How far the workers are. Absent while Kafka can't say.",
    )


def json_of(answer: BaseModel) -> Response:
    """The answer as JSON, with the names of the contracts."""
    return Response(answer.model_dump_json(by_alias=True), media_type=_JSON)


def listing_of(bodies: Iterable[bytes], go_on: str | None, as_of: datetime | None) -> Response:
    """The answer `Listing`, of items that are JSON already: records as the worker wrote them."""
    items = [msgspec.Raw(each) for each in bodies]
    return Response(
        msgspec.json.encode({"items": items, "next": go_on, "as_of": as_of}), media_type=_JSON
    )
