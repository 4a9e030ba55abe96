"""Entering: the customer comes to a value of a dimension."""

from typing import Annotated, ClassVar

from pydantic import Field, Tag

from schemas.dimensions import Dimension
from schemas.names import Name, RungName
from schemas.policy.occasions.part import ValuesPart


class EnteringSegment(ValuesPart):
    """Fires at a transition into one of these segments."""

    dimension: ClassVar = Dimension.SEGMENT
    entering: Annotated[tuple[Name, ...], Field(min_length=1)]


class EnteringTier(ValuesPart):
    """Fires at a transition into one of these tiers."""

    dimension: ClassVar = Dimension.TIER
    entering_tier: Annotated[tuple[RungName, ...], Field(min_length=1)]


class EnteringCare(ValuesPart):
    """Fires at a transition of care."""

    dimension: ClassVar = Dimension.CARE
    entering_care: Annotated[tuple[Name, ...], Field(min_length=1)]


class ClimbingTo(ValuesPart):
    """Fires at a transition from a lower stage to one of these."""

    dimension: ClassVar = Dimension.STAGE
    climbing_to: Annotated[tuple[RungName, ...], Field(min_length=1)]


Entering = (
    Annotated[EnteringSegment, Tag("entering")]
    | Annotated[EnteringTier, Tag("entering_tier")]
    | Annotated[EnteringCare, Tag("entering_care")]
    | Annotated[ClimbingTo, Tag("climbing_to")]
)
