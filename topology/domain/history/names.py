"""Names: all names of a person beside the key of their row.

User ids rank before anonymous ids and handles, and among themselves by code point. Only a user id
claims names, and one user id yields to another only if that one is smaller; so whatever the order
in which claims arrive, rows that forward to each other never make a circle.
"""

from typing import Final

from topology.domain.history.instant import Instant
from topology.domain.history.record import Stored, replace

MOST_NAMES: Final = 50
"""A person has no more names: this stops a join that would gather everybody."""

KEPT_CONTESTED: Final = 10
"""How many names that belong to somebody else are kept for the view."""


class Called(Stored, frozen=True):
    """The customer id that an alias gives a person. The latest counts, then the message id."""

    at: Instant
    message_id: str
    name: str


class Contested(Stored, frozen=True):
    """A name that was claimed, and belongs to somebody else."""

    name: str
    owner: str
    at: Instant


class Names(Stored, frozen=True):
    """What is known of a person's names."""

    user: bool = False
    """True once a message has named the row's key as a user id."""
    others: tuple[str, ...] = ()
    """All names but the row's key, in order."""
    called: Called | None = None
    contested: tuple[Contested, ...] = ()
    """The latest ones, by time."""


UNKNOWN: Final = Names()
USER: Final = Names(user=True)


def in_short(names: Names) -> Names | bool:
    """The names as a row has them: mostly only whether the key is a user id."""
    return names.user if names in (UNKNOWN, USER) else names


def in_full(known_by: Names | bool) -> Names:  # noqa: FBT001 - as in the row
    """The names that a row has."""
    if known_by is True:
        return USER
    return known_by or UNKNOWN


def customer_id(key: str, names: Names) -> str:
    """The customer id of a person."""
    return key if names.called is None else names.called.name


def all_names(key: str, names: Names) -> tuple[str, ...]:
    """All names of a person, in order."""
    return tuple(sorted({key, *names.others}))


def with_names(key: str, names: Names, more: set[str]) -> Names:
    """Return the names with more of them. A name of their own is not contested."""
    others = tuple(sorted({*names.others, *more} - {key}))
    contested = tuple(each for each in names.contested if each.name not in more)
    return replace(names, others=others, contested=contested)


def with_called(names: Names, called: Called) -> Names:
    """Return the names with another alias."""
    return replace(names, called=_later(names.called, called))


def without_contested(key: str, names: Names, lost: Contested) -> Names:
    """Return the names without one that belongs to somebody else, which is noted."""
    others = tuple(each for each in names.others if each != lost.name)
    if lost.owner == key or lost.owner in others:
        return names  # The two have become one person meanwhile.
    return replace(names, others=others, contested=_latest({*names.contested, lost}, others))


def without_name(names: Names, name: str) -> Names:
    """Return the names without one that was erased."""
    return replace(names, others=tuple(each for each in names.others if each != name))


def merge_names(key: str, names: Names, other_key: str, other: Names) -> Names:
    """Return the names of a person to whom another row has yielded."""
    others = {*names.others, *other.others, other_key} - {key}
    return Names(
        names.user,
        tuple(sorted(others)),
        _later(names.called, other.called),
        _latest({*names.contested, *other.contested}, (key, *others)),
    )


def _later(one: Called | None, other: Called | None) -> Called | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: (each.at, each.message_id, each.name))


def _latest(contested: set[Contested], own: tuple[str, ...]) -> tuple[Contested, ...]:
    """Of each name that is not their own the first refusal, and of these the latest ones."""
    first: dict[str, Contested] = {}
    for each in sorted(contested, key=lambda each: (each.at, each.owner), reverse=True):
        if each.name not in own:
            first[each.name] = each
    found = sorted(first.values(), key=lambda each: (each.at, each.name))
    return tuple(found[-KEPT_CONTESTED:])
