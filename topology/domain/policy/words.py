"""Words: what sets a case off, for a person to read. Each is a thing that can be waited for."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from schemas.counted import agreeing
from schemas.policy import whens
from schemas.policy.duration import write_duration
from schemas.policy.part import PolicyPart
from schemas.policy.rules import RuleCase

WORDS: Final[Mapping[type[PolicyPart], Callable[[Any], str]]] = MappingProxyType(
    {
        whens.EnteringSegment: lambda when: f"entering {_any(when.entering)}",
        whens.EnteringTier: lambda when: f"entering tier {_any(when.entering_tier)}",
        whens.EnteringCare: lambda when: f"care becoming {_any(when.entering_care)}",
        whens.ClimbingTo: lambda when: f"becoming {_any(when.climbing_to)}",
        whens.StayingOn: lambda when: f"{write_duration(when.duration)} as {_any(when.staying_on)}",
        whens.AfterFirstOrder: lambda when: (
            f"{write_duration(when.after_first_order)} after the first order"
        ),
        whens.AfterOrder: lambda when: f"{write_duration(when.after_order)} after the last order",
        whens.AfterUsualGaps: lambda when: (
            f"{when.after_usual_gaps} usual {agreeing(when.after_usual_gaps, 'gap')} between "
            "orders without another one" + _no_sooner(when.no_sooner_than)
        ),
        whens.AfterResearch: lambda when: (
            f"{write_duration(when.after_research)} after looking around online without an order"
        ),
        whens.ReviewAtMost: lambda when: f"a review of {when.review_at_most} or less",
        whens.ReviewAtLeast: lambda when: f"a review of {when.review_at_least} or more",
        whens.MentionAtLeast: lambda when: (
            f"a mention with a sentiment of {when.mention_at_least} or more"
        ),
        whens.OnComplaint: lambda _when: "a complaint",
        whens.OrderOver: lambda when: f"order number {when.nth} over {_any(when.order_over)}",
        whens.RecencyFallsTo: lambda when: f"R falling to {when.recency_falls_to}",
        whens.OnBirthday: lambda _when: "the birthday",
        whens.Unanswered: lambda when: f"attempt number {when.unanswered} without an answer",
        whens.SilentFor: lambda when: f"{write_duration(when.silent_for)} without a sign of life",
    }
)
"""By the kind of occasion: all of `schemas.policy.whens.KINDS`."""


def words_of(case: RuleCase) -> str:
    """What sets a case off."""
    return WORDS[type(case.when)](case.when)


def _no_sooner(least: timedelta | None) -> str:
    return "" if least is None else f", and at least {write_duration(least)}"


def _any(names: tuple[object, ...]) -> str:
    return " or ".join(map(str, names))
