"""Reason: the sentence of a trigger, filled in with its inputs."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.counted import agreeing, counted
from schemas.messages import catalogue
from topology.domain.history.instant import DAY
from topology.domain.history.money import write_minor
from topology.domain.occasions.occasion import Occasion
from topology.domain.occasions.usual_gaps import usual_gap
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.situation import Situation

COMPLAINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        catalogue.COMPLAINT_FILED.name: "filed a complaint",
        catalogue.PRODUCT_REVIEWED.name: "wrote a bad review",
        catalogue.SURVEY_ANSWERED.name: "gave a bad score in a survey",
        catalogue.SOCIAL_MENTIONED.name: "spoke badly of the shop in public",
    }
)
"""What the customer did, by the event."""


class Count(int):
    """A number. In a template its noun may follow a colon: see `schemas.policy.reason`."""

    def __format__(self, nouns: str) -> str:
        """With its noun, which agrees, or alone."""
        one, _, many = nouns.partition("|")
        return counted(int(self), one, many or None) if nouns else str(int(self))


class Unknown(str):
    """A word in place of an unknown number, such as some."""

    __slots__ = ()

    def __format__(self, nouns: str) -> str:
        """With its noun in the plural, or alone."""
        one, _, many = nouns.partition("|")
        return f"{self!s} {agreeing(0, one, many or None)}" if nouns else str(self)


def write_reason(occasion: Occasion, situation: Situation, book: Rulebook) -> str:
    """Return the sentence that says why a rule fires."""
    case = occasion.case
    inputs = {name: INPUTS[name](occasion, situation, book) for name in case.mentions}
    return case.case.reason.format_map(inputs)


def _from_segment(occasion: Occasion, situation: Situation, _book: Rulebook) -> object:
    return occasion.left or situation.state.segment


def _revenue_in_window(_occasion: Occasion, situation: Situation, book: Rulebook) -> object:
    return write_minor(situation.state.scores.revenue_in_window, book.digits, book.currency)


def _days_since_last_order(_occasion: Occasion, situation: Situation, _book: Rulebook) -> object:
    last = situation.state.scores.last_order_at
    return Unknown("any number of") if last is None else Count((situation.at - last) // DAY)


def _complaint(_occasion: Occasion, situation: Situation, _book: Rulebook) -> object:
    event = situation.event
    return COMPLAINTS.get("" if event is None else event.name, "something is not in order")


def _usual_gap_days(_occasion: Occasion, situation: Situation, _book: Rulebook) -> object:
    gap = usual_gap(situation.state.scores)
    if gap is None:
        return Unknown("some")
    return Unknown("few") if gap < DAY else Count(gap // DAY)


def _rating(occasion: Occasion, _situation: Situation, _book: Rulebook) -> object:
    return "" if occasion.rating is None else f"{occasion.rating:g}"


INPUTS: Final[Mapping[str, Callable[[Occasion, Situation, Rulebook], object]]] = MappingProxyType(
    {
        "from_segment": _from_segment,
        "segment": lambda _occasion, situation, _book: situation.state.segment,
        "orders_total": lambda _occasion, situation, _book: Count(
            situation.state.scores.orders_total
        ),
        "orders_in_window": lambda _occasion, situation, _book: Count(
            situation.state.scores.orders_in_window
        ),
        "revenue_in_window": _revenue_in_window,
        "days_since_last_order": _days_since_last_order,
        "recency_score": lambda _occasion, situation, _book: situation.state.scores.recency,
        "frequency_score": lambda _occasion, situation, _book: situation.state.scores.frequency,
        "monetary_score": lambda _occasion, situation, _book: situation.state.scores.monetary,
        "stage": lambda _occasion, situation, _book: situation.state.stage,
        "tier": lambda _occasion, situation, _book: situation.state.tier,
        "rating": _rating,
        "complaint": _complaint,
        "attempts": lambda _occasion, situation, _book: Count(
            len(situation.state.history.attempts)
        ),
        "usual_gap_days": _usual_gap_days,
    }
)
"""What a template may name in braces: all of `schemas.policy.reason.REASON_FIELDS`."""
