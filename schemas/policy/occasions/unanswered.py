"""Unanswered: the customer answers none of the shop's attempts."""

from typing import Annotated

from pydantic import Tag

from schemas.policy.occasions.part import Count, OccasionPart


class Unanswered(OccasionPart):
    """Fires at the attempt with which so many have gone without an answer."""

    unanswered: Count


UnansweredAttempts = Annotated[Unanswered, Tag("unanswered")]
