"""Reviews and mentions: what the customer says of the shop in public."""

from typing import Annotated, ClassVar

from pydantic import Tag

from schemas.policy.occasions.part import OccasionPart
from schemas.policy.part import Rating, Sentiment


class ReviewAtMost(OccasionPart):
    """Fires at a review with this rating or a lower one."""

    has_rating: ClassVar = True
    review_at_most: Rating


class ReviewAtLeast(OccasionPart):
    """Fires at a review with this rating or a higher one."""

    has_rating: ClassVar = True
    review_at_least: Rating


class MentionAtLeast(OccasionPart):
    """Fires at a mention with this sentiment or a better one."""

    mention_at_least: Sentiment


Reviews = (
    Annotated[ReviewAtMost, Tag("review_at_most")]
    | Annotated[ReviewAtLeast, Tag("review_at_least")]
    | Annotated[MentionAtLeast, Tag("mention_at_least")]
)
