"""Consent: what a customer has agreed to, purpose by purpose. The latest word counts.

An `identify` says it under the trait `consent`, in the form that a reading gives it: an object has
a word for each purpose, any other value is a word for all of them. A word that is neither yes nor
no says nothing. It is kept here and nowhere else.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from schemas.messages import yes_no
from schemas.messages.spelling import ALL_PURPOSES
from schemas.messages.traits import CONSENT, KEPT_PURPOSES, LONGEST_PURPOSE
from schemas.messages.yes_no import status_of
from topology.domain.history.instant import Instant
from topology.domain.history.latest import latest_of_each

ALL: Final = ALL_PURPOSES
"""What a word for all purposes is kept under."""

UNSPECIFIED: Final = "unspecified"
"""What a word is kept under of which an older row does not know the purpose."""

GRANTED: Final = 0
REVOKED: Final = 1
DENIED: Final = 2

STATUSES: Final = (yes_no.GRANTED, yes_no.REVOKED, yes_no.DENIED)
"""The words, by their codes: of two at one time the larger code counts, so no before yes."""

_CODES: Final = {status: code for code, status in enumerate(STATUSES)}


class Consent(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on a purpose, and when it was said."""

    purpose: str
    at: Instant
    status: int


def code_of(said: object) -> int | None:
    """The code of a word, or None if it is neither yes nor no."""
    status = status_of(said)
    return None if status is None else _CODES[status]


def with_consent(
    known: tuple[Consent, ...], told: Mapping[str, object], at: Instant, always: frozenset[str]
) -> tuple[Consent, ...]:
    """Return the words with what the traits of an `identify` say."""
    said = told.get(CONSENT)
    return known if said is None else merge_consent(known, tuple(_words(said, at)), always)


def merge_consent(
    one: tuple[Consent, ...], other: tuple[Consent, ...], always: frozenset[str]
) -> tuple[Consent, ...]:
    """Return both, by purpose: of each the latest word, of too many those that were said last.

    The purposes in `always` stay, and are not counted.
    """
    return latest_of_each((*one, *other), lambda each: each.purpose, _place, KEPT_PURPOSES, always)


def consents_to(known: tuple[Consent, ...], purpose: str) -> bool:
    """True if the latest word on a purpose, or on all of them, is a yes. No word is a no."""
    said = [_place(each) for each in known if each.purpose in (purpose, ALL)]
    return bool(said) and max(said)[1] == GRANTED


def consents(known: tuple[Consent, ...]) -> bool:
    """True if the latest word on any purpose, or on all of them, is a yes."""
    return any(consents_to(known, each.purpose) for each in known)


def _place(word: Consent) -> tuple[Instant, int]:
    return word.at, word.status


def _words(said: object, at: Instant) -> Iterator[Consent]:
    for purpose, word in (said if isinstance(said, Mapping) else {ALL: said}).items():
        code = code_of(word)
        if code is not None and 0 < len(purpose) <= LONGEST_PURPOSE:
            yield Consent(purpose, at, code)
