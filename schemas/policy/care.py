"""Care: what opens a case, and how long the customer is handled with care."""

from typing import Annotated, Final

from pydantic import Field

from schemas.policy.duration import Duration
from schemas.policy.part import PolicyPart, Rating, Sentiment

CALM: Final = "calm"
COMPLAINT_OPEN: Final = "complaint_open"
RECOVERING: Final = "recovering"

CARES: Final = (CALM, COMPLAINT_OPEN, RECOVERING)
"""Every value of care."""


class ServiceRecovery(PolicyPart):
    """What opens a case, beside a complaint, and how long it holds promotion back at most."""

    review_at_most: Rating
    open_for: Duration
    recovering_for: Duration | None = None
    nps_at_most: Annotated[int, Field(ge=0, le=10, strict=True)] | None = None
    csat_at_most: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    sentiment_at_most: Sentiment | None = None

    @property
    def cares(self) -> tuple[str, ...]:
        """Every value of care."""
        return CARES
