"""Consent: what a customer has agreed to, purpose by purpose. The latest word counts.

It comes as the trait `consent` of an `identify`, in the form that the reading gives it: an object
has a status for each purpose, any other value is the status for all of them. A value that is
neither yes nor no is passed over. It is kept here and nowhere else.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.messages import yes_no
from schemas.messages.spelling import ALL_PURPOSES
from schemas.messages.traits import CONSENT, KEPT_PURPOSES, LONGEST_PURPOSE
from schemas.messages.yes_no import status_of
from topology.domain.history.instant import Instant
from topology.domain.history.latest import latest_of_each
from topology.domain.history.record import Stored

ALL: Final = ALL_PURPOSES
"""The purpose of a status for all of them."""

UNSPECIFIED: Final = "unspecified"
"""The purpose of a status of which an older row does not know it."""

GRANTED: Final = 0
REVOKED: Final = 1
DENIED: Final = 2

STATUSES: Final = (yes_no.GRANTED, yes_no.REVOKED, yes_no.DENIED)
"""By their codes: of two at one time the larger code counts, so no before yes."""

_CODES: Final = {status: code for code, status in enumerate(STATUSES)}


class Consent(Stored, frozen=True):
    """The latest status of a purpose, and its time."""

    purpose: str
    at: Instant
    status: int


def code_of(value: object) -> int | None:
    """The code of a value, or None if it is neither yes nor no."""
    status = status_of(value)
    return None if status is None else _CODES[status]


def with_consent(
    known: tuple[Consent, ...], traits: Mapping[str, object], at: Instant, always: frozenset[str]
) -> tuple[Consent, ...]:
    """Return the statuses with those in the traits of an `identify`."""
    value = traits.get(CONSENT)
    return known if value is None else merge_consent(known, tuple(_words(value, at)), always)


def merge_consent(
    one: tuple[Consent, ...], other: tuple[Consent, ...], always: frozenset[str]
) -> tuple[Consent, ...]:
    """Return both, by purpose: of each the latest status, of too many the latest ones.

    The purposes in `always` stay, and are not counted.
    """
    return latest_of_each((*one, *other), lambda each: each.purpose, _place, KEPT_PURPOSES, always)


def consents_to(known: tuple[Consent, ...], purpose: str) -> bool:
    """True if the latest status of a purpose, or of all of them, is a yes. None is a no."""
    words = [_place(each) for each in known if each.purpose in (purpose, ALL)]
    return bool(words) and max(words)[1] == GRANTED


def consents(known: tuple[Consent, ...]) -> bool:
    """True if the latest status of any purpose, or of all of them, is a yes."""
    return any(consents_to(known, each.purpose) for each in known)


def _place(word: Consent) -> tuple[Instant, int]:
    return word.at, word.status


def _words(value: object, at: Instant) -> Iterator[Consent]:
    for purpose, word in (value if isinstance(value, Mapping) else {ALL: value}).items():
        code = code_of(word)
        if code is not None and 0 < len(purpose) <= LONGEST_PURPOSE:
            yield Consent(purpose, at, code)
