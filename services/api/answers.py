"""What the API answers, besides what the contracts define."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel, Field

from schemas.contract import Moment

Item = TypeVar("Item")

AS_OF = (
    "All that happened until this instant is in here. Null only while nothing at all has been seen."
)


class Listing(BaseModel, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...]
    next: str | None = Field(
        description="Opaque text to continue with, or null if there is nothing to continue with.",
    )
    as_of: Moment | None = Field(description=AS_OF)


class SegmentCounts(BaseModel):
    """How many customers there are, by each dimension. The segments of the policy are all here."""

    customers: int = Field(description="All of them.")
    segment: Mapping[str, int]
    stage: Mapping[str, int]
    tier: Mapping[str, int]
    care: Mapping[str, int]
    as_of: Moment | None = Field(description=AS_OF)


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """The API can be asked."""

    status: str = Field(examples=["ready"])
    lag: int = Field(description="Records in Kafka that the projector has not applied yet.")
    behind_s: float = Field(description="How old the latest end of the topics is that it reached.")
    as_of: Moment | None = Field(description=AS_OF)


def json_of(answer: BaseModel) -> Response:
    """The answer as JSON, with the names of the contracts."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
