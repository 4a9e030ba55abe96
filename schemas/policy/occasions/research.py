"""Research: the customer looked around online, and did not order."""

from typing import Annotated

from pydantic import Tag

from schemas.policy.duration import Duration
from schemas.policy.occasions.part import OccasionPart


class AfterResearch(OccasionPart):
    """Fires this long after the last look online, if no order followed it."""

    after_research: Duration


Research = Annotated[AfterResearch, Tag("after_research")]
