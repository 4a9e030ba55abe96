"""The catalogue of dimensions: the values that divide customers into groups, such as the tier.

A dimension is a member of `Dimension`, a case of `values_in`, and a field in each of the classes
below, which are parts of contracts. `topology.domain.policy.classifier` decides which value a
customer has, and `topology.domain.history.state` stores it. Everything else walks through
`Dimension`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, assert_never

from pydantic import BaseModel, Field

from schemas.contract import UtcDatetime
from schemas.names import Name, RungName

if TYPE_CHECKING:
    from schemas.policy.model import Policy


class Dimension(StrEnum):
    """What changed about a customer."""

    SEGMENT = "segment"
    STAGE = "stage"
    TIER = "tier"
    CARE = "care"


def values_in(policy: "Policy", dimension: Dimension) -> tuple[str, ...]:
    """The values that a dimension can have, in this policy's order."""
    match dimension:
        case Dimension.SEGMENT:
            return policy.segments.in_order
        case Dimension.STAGE:
            return tuple(rung.name for rung in policy.stages)
        case Dimension.TIER:
            return tuple(rung.name for rung in policy.tiers)
        case Dimension.CARE:
            return policy.service_recovery.cares
        case _:
            assert_never(dimension)


class EachDimension(BaseModel):
    """A field for each dimension. A class that lacks one can't be defined."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        missing = [each.value for each in Dimension if each not in cls.model_fields]
        if missing:
            msg = f"{cls.__name__} has no field for {', '.join(missing)}"
            raise TypeError(msg)


class DimensionValues(EachDimension):
    """Of a customer: where they are now."""

    segment: str
    stage: str = Field(description="Where the customer stands on the ladder.")
    stage_since: UtcDatetime | None = Field(description="When they came there, null if not known.")
    tier: str = Field(description="How much effort they are worth.")
    care: str = Field(description="calm, complaint_open or recovering.")


class DimensionConditions(EachDimension):
    """Of a rule: the values of which the customer must have one."""

    segment: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    stage: Annotated[tuple[RungName, ...], Field(min_length=1)] | None = None
    tier: Annotated[tuple[RungName, ...], Field(min_length=1)] | None = None
    care: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None


_Value = Annotated[str, Field(min_length=1, description="A value that the policy has.")]


class DimensionFilters(EachDimension):
    """Of a list: only customers with this value."""

    segment: _Value | None = Field(default=None, examples=["at_risk"])
    stage: _Value | None = Field(default=None, examples=["regular"])
    tier: _Value | None = Field(default=None, examples=["A"])
    care: _Value | None = Field(default=None, examples=["complaint_open"])


class DimensionCounts(EachDimension):
    """How many customers have each value."""

    segment: Mapping[str, int]
    stage: Mapping[str, int]
    tier: Mapping[str, int]
    care: Mapping[str, int]
