"""Usual gaps: the customer orders less often than they did."""

from typing import Annotated

from pydantic import Field, Tag

from schemas.policy.duration import Duration
from schemas.policy.occasions.part import OccasionPart
from schemas.policy.part import Number


class AfterUsualGaps(OccasionPart):
    """Fires so many of the customer's own usual gaps after the last order, and no sooner than this.

    Orders of one week may be one purchase in parts: their gaps tell of no rhythm.
    """

    after_usual_gaps: Annotated[Number, Field(gt=0)]
    no_sooner_than: Duration | None = None


UsualGaps = Annotated[AfterUsualGaps, Tag("after_usual_gaps")]
