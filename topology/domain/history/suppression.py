"""Suppression: who must get no promotion, whatever else holds. The latest statement counts."""

from typing import TypeAlias, TypeGuard

from msgspec import Struct

from schemas.messages.catalogue import CUSTOMER_UNSUPPRESSED, SUPPRESSION_EVENTS
from schemas.messages.support import LiftingProperties, SuppressionProperties
from topology.domain.history.event import Event, word_at
from topology.domain.history.instant import Instant

SuppressionEvent: TypeAlias = Event[SuppressionProperties | LiftingProperties]
"""A Customer Suppressed or a Customer Unsuppressed."""


class Suppression(Struct, frozen=True, array_like=True, gc=False):
    """Whether a customer is on the suppression list, by the latest statement."""

    at: Instant
    lifted: bool
    """True if it took the customer off the list."""
    reason: str | None = None


def is_suppression(event: Event) -> TypeGuard[SuppressionEvent]:
    """True if an event puts a customer on the suppression list, or takes them off."""
    return event.name in SUPPRESSION_EVENTS


def suppression_in(event: SuppressionEvent, known: Suppression | None = None) -> Suppression:
    """The suppression that an event states, beside one that is known."""
    at = word_at(event, () if known is None else (known.at,))
    lifted = event.name == CUSTOMER_UNSUPPRESSED.name
    return Suppression(at, lifted, event.properties.reason or None)


def later_word(one: Suppression | None, other: Suppression | None) -> Suppression | None:
    """Of two the one that counts; of two at one time the one that suppresses."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=_place)


def without_reason(word: Suppression | None) -> Suppression | None:
    """The suppression without its reason: that is free text, and may be about a person."""
    return None if word is None else Suppression(word.at, word.lifted)


def is_suppressed(word: Suppression | None) -> bool:
    """True if the customer is on the list."""
    return word is not None and not word.lifted


def _place(word: Suppression) -> tuple[Instant, bool, str]:
    return word.at, not word.lifted, word.reason or ""
