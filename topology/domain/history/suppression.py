"""Suppression: who must get no promotion, whatever else holds. The latest statement counts."""

from typing import Final

from msgspec import Struct

from schemas.messages import names
from topology.domain.history.event import Event, word_at
from topology.domain.history.instant import Instant

SUPPRESSION_EVENTS: Final = names.SUPPRESSION_EVENTS


class Suppression(Struct, frozen=True, array_like=True, gc=False):
    """Whether a customer is on the suppression list, by the latest statement."""

    at: Instant
    lifted: bool
    """True if it took the customer off the list."""
    reason: str | None = None


def suppression_in(event: Event, known: Suppression | None = None) -> Suppression:
    """The suppression of a Customer Suppressed or Unsuppressed, beside one that is known."""
    at = word_at(event, () if known is None else (known.at,))
    lifted = event.name == names.CUSTOMER_UNSUPPRESSED
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
