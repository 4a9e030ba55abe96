"""When a case may fire. `docs/journey.md` says exactly what each of them means."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, Tag

from schemas.messages.envelope import Channel
from schemas.policy.duration import Duration
from schemas.policy.part import Name, Number, PolicyPart, Rating, RungName, Score, Sentiment

Count = Annotated[int, Field(ge=1, le=12, strict=True)]


class EnteringSegment(PolicyPart):
    """Fires at a transition into one of these segments."""

    entering: Annotated[tuple[Name, ...], Field(min_length=1)]


class EnteringTier(PolicyPart):
    """Fires at a transition into one of these tiers."""

    entering_tier: Annotated[tuple[RungName, ...], Field(min_length=1)]


class EnteringCare(PolicyPart):
    """Fires at a transition of care."""

    entering_care: Annotated[tuple[Name, ...], Field(min_length=1)]


class ClimbingTo(PolicyPart):
    """Fires at a transition from a lower stage to one of these."""

    climbing_to: Annotated[tuple[RungName, ...], Field(min_length=1)]


class StayingOn(PolicyPart):
    """Fires so long after one of these stages was come to, if it was not left meanwhile."""

    staying_on: Annotated[tuple[RungName, ...], Field(min_length=1)]
    duration: Annotated[Duration, Field(alias="for")]


class AfterFirstOrder(PolicyPart):
    """Fires this long after the first order that counts, once for each first order."""

    after_first_order: Duration


class AfterOrder(PolicyPart):
    """Fires this long after the last order that counts."""

    after_order: Duration


class AfterUsualGaps(PolicyPart):
    """Fires so many of the customer's own usual gaps after the last order, and no sooner than this.

    Orders of one week may be one purchase in parts: their gaps tell of no rhythm.
    """

    after_usual_gaps: Annotated[Number, Field(gt=0)]
    no_sooner_than: Duration | None = None


class AfterResearch(PolicyPart):
    """Fires this long after the last look online, if no order followed it."""

    after_research: Duration


class ReviewAtMost(PolicyPart):
    """Fires at a review with this rating or a lower one."""

    review_at_most: Rating


class ReviewAtLeast(PolicyPart):
    """Fires at a review with this rating or a higher one."""

    review_at_least: Rating


class MentionAtLeast(PolicyPart):
    """Fires at a mention with this sentiment or a better one."""

    mention_at_least: Sentiment


class OnComplaint(PolicyPart):
    """Fires when a complaint is filed."""

    complaint: Literal["filed"]


class OrderOver(PolicyPart):
    """Fires at the order with which so many have come over these channels."""

    order_over: Annotated[tuple[Channel, ...], Field(min_length=1)]
    nth: Count


class RecencyFallsTo(PolicyPart):
    """Fires when R falls to this, because nothing was ordered."""

    recency_falls_to: Annotated[Score, Field(le=4)]


class OnBirthday(PolicyPart):
    """Fires at the beginning of the customer's birthday."""

    birthday: Literal["every_year"]


class Unanswered(PolicyPart):
    """Fires at the attempt with which so many have gone without an answer."""

    unanswered: Count


class SilentFor(PolicyPart):
    """Fires so long after the last sign of life."""

    silent_for: Duration


KINDS: Final[Mapping[str, type[PolicyPart]]] = {
    next(iter(kind.model_fields)): kind
    for kind in (
        EnteringSegment,
        EnteringTier,
        EnteringCare,
        ClimbingTo,
        StayingOn,
        AfterFirstOrder,
        AfterOrder,
        AfterUsualGaps,
        AfterResearch,
        ReviewAtMost,
        ReviewAtLeast,
        MentionAtLeast,
        OnComplaint,
        OrderOver,
        RecencyFallsTo,
        OnBirthday,
        Unanswered,
        SilentFor,
    )
}
"""By the field that tells them apart: the first of each."""

WHENS: Final = tuple(KINDS)


def _kind_of_when(value: object) -> str | None:
    names = type(value).model_fields if isinstance(value, PolicyPart) else value
    if not isinstance(names, Mapping):
        return None
    return next((kind for kind in WHENS if kind in names), None)


When = Annotated[
    Annotated[EnteringSegment, Tag("entering")]
    | Annotated[EnteringTier, Tag("entering_tier")]
    | Annotated[EnteringCare, Tag("entering_care")]
    | Annotated[ClimbingTo, Tag("climbing_to")]
    | Annotated[StayingOn, Tag("staying_on")]
    | Annotated[AfterFirstOrder, Tag("after_first_order")]
    | Annotated[AfterOrder, Tag("after_order")]
    | Annotated[AfterUsualGaps, Tag("after_usual_gaps")]
    | Annotated[AfterResearch, Tag("after_research")]
    | Annotated[ReviewAtMost, Tag("review_at_most")]
    | Annotated[ReviewAtLeast, Tag("review_at_least")]
    | Annotated[MentionAtLeast, Tag("mention_at_least")]
    | Annotated[OnComplaint, Tag("complaint")]
    | Annotated[OrderOver, Tag("order_over")]
    | Annotated[RecencyFallsTo, Tag("recency_falls_to")]
    | Annotated[OnBirthday, Tag("birthday")]
    | Annotated[Unanswered, Tag("unanswered")]
    | Annotated[SilentFor, Tag("silent_for")],
    Discriminator(
        _kind_of_when,
        custom_error_type="unknown_when",
        custom_error_message="say when: " + ", ".join(WHENS),
    ),
]
