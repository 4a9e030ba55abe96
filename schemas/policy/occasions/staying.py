"""Staying: the customer has been on a stage for long."""

from typing import Annotated, ClassVar

from pydantic import Field, Tag

from schemas.dimensions import Dimension
from schemas.names import RungName
from schemas.policy.duration import Duration
from schemas.policy.occasions.part import ValuesPart


class StayingOn(ValuesPart):
    """Fires so long after one of these stages was come to, if it was not left meanwhile."""

    dimension: ClassVar = Dimension.STAGE
    staying_on: Annotated[tuple[RungName, ...], Field(min_length=1)]
    duration: Annotated[Duration, Field(alias="for")]


Staying = Annotated[StayingOn, Tag("staying_on")]
