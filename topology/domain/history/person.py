"""Person: what is known of a customer beside their events. The latest statement counts."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from schemas.messages.traits import CONSENT, KEPT_TRAITS, KeptNames, Value, trait_value
from topology.domain.history.consent import Consent, consents, merge_consent
from topology.domain.history.instant import Instant
from topology.domain.history.latest import latest_of_each
from topology.domain.history.record import Stored
from topology.domain.history.suppression import Suppression, later_word


class Word(Stored, frozen=True):
    """Yes or no, and its time. At one time no counts."""

    at: Instant
    no: bool


class Follow(Stored, frozen=True):
    """Whether a customer follows the shop on a network, by the latest statement."""

    channel: int
    word: Word


class Trait(Stored, frozen=True):
    """A trait, and when it was set."""

    name: str
    value: Value
    at: Instant


class Person(Stored, frozen=True):
    """What is known of a customer."""

    newsletter: Word | None = None
    follows: tuple[Follow, ...] = ()
    engaged: bool = False
    traits: tuple[Trait, ...] = ()
    """All but the trait `consent`: that is in `purposes` alone."""
    purposes: tuple[Consent, ...] = ()
    """What was agreed to, see `consent`."""
    suppression: Suppression | None = None

    @property
    def subscribed(self) -> bool:
        """True if the newsletter is wanted."""
        return self.newsletter is not None and not self.newsletter.no

    @property
    def following(self) -> bool:
        """True on any network."""
        return any(not follow.word.no for follow in self.follows)

    @property
    def consents(self) -> bool:
        """True if any purpose was agreed to."""
        return consents(self.purposes)

    def trait(self, name: str) -> Value | None:
        """The value of a trait, or None."""
        return next((trait.value for trait in self.traits if trait.name == name), None)


NOBODY: Final = Person()


def later(one: Word | None, other: Word) -> Word:
    """Of two the one that counts."""
    return other if one is None else max(one, other, key=_rank)


def with_follow(follows: tuple[Follow, ...], follow: Follow) -> tuple[Follow, ...]:
    """Return the follows with another statement."""
    known = {each.channel: each for each in follows}
    before = known.get(follow.channel)
    known[follow.channel] = Follow(
        follow.channel, later(None if before is None else before.word, follow.word)
    )
    return tuple(known[channel] for channel in sorted(known))


def with_traits(
    traits: tuple[Trait, ...], new: Mapping[str, Any], at: Instant, always: frozenset[str]
) -> tuple[Trait, ...]:
    """Return the traits with those of an `identify`, as far as they are plain values."""
    return merge_traits(
        traits,
        tuple(
            Trait(name, value, at)
            for name, each in new.items()
            if name != CONSENT and (value := trait_value(name, each)) is not None
        ),
        always,
    )


def merge_traits(
    one: tuple[Trait, ...], other: tuple[Trait, ...], always: frozenset[str]
) -> tuple[Trait, ...]:
    """Return both; of two of one name the later counts, of too many the latest ones.

    The names in `always` stay, and are not counted.
    """
    return latest_of_each((*one, *other), lambda each: each.name, _place, KEPT_TRAITS, always)


def merge_persons(one: Person, other: Person, kept: KeptNames) -> Person:
    """Return what is known of both."""
    follows = one.follows
    for follow in other.follows:
        follows = with_follow(follows, follow)
    words = [word for word in (one.newsletter, other.newsletter) if word is not None]
    return Person(
        newsletter=max(words, key=_rank, default=None),
        follows=follows,
        engaged=one.engaged or other.engaged,
        traits=merge_traits(one.traits, other.traits, kept.traits),
        purposes=merge_consent(one.purposes, other.purposes, kept.purposes),
        suppression=later_word(one.suppression, other.suppression),
    )


def _rank(word: Word) -> tuple[Instant, bool]:
    return word.at, word.no


def _place(trait: Trait) -> tuple[Instant, bytes]:
    return trait.at, msgspec.json.encode(trait.value)
