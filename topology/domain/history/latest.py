"""Latest: of several statements about a thing the one that counts, of too many things the last."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from topology.domain.history.instant import Instant


class Statement(Protocol):
    """A statement of some time."""

    @property
    def at(self) -> Instant:
        """When."""


Word = TypeVar("Word", bound=Statement)
Thing = TypeVar("Thing")


def latest_of_each(
    words: Iterable[Word],
    about: Callable[[Word], str],
    place: Callable[[Word], tuple[Instant, Any]],
    at_most: int,
    always: frozenset[str],
) -> tuple[Word, ...]:
    """Return of each thing the statement whose place is highest, by thing; of too many the latest.

    It does not matter in which order they come. A place is the time of a statement, and what
    decides among those of one instant. The things in `always` stay, and take no room from the
    others.
    """
    latest: dict[str, Word] = {}
    for word in words:
        known = latest.get(about(word))
        if known is None or place(known) < place(word):
            latest[about(word)] = word
    if len(latest) > at_most:
        others = [each for name, each in latest.items() if name not in always]
        others.sort(key=lambda each: (each.at, about(each)))
        for each in others[:-at_most]:
            del latest[about(each)]
    return tuple(latest[name] for name in sorted(latest))


def that_fit(
    things: Iterable[Thing], size: Callable[[Thing], int], at_most: int, room: int
) -> list[Thing]:
    """Return the first things: as many as `at_most`, and as fit together into so much room."""
    kept: list[Thing] = []
    for thing in things:
        room -= size(thing)
        if room < 0 or len(kept) == at_most:
            break
        kept.append(thing)
    return kept
