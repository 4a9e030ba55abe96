"""Recency: the score R falls because the customer orders nothing."""

from typing import Annotated

from pydantic import Field, Tag

from schemas.policy.occasions.part import OccasionPart
from schemas.policy.part import Score


class RecencyFallsTo(OccasionPart):
    """Fires when R falls to this, because nothing was ordered."""

    recency_falls_to: Annotated[Score, Field(le=4)]


Recency = Annotated[RecencyFallsTo, Tag("recency_falls_to")]
