"""Which of several words about one thing counts, if some claim to be of a time that is to come.

A word counts from the earlier of the time that it claims and the time at which it came. Of those
that count from when they came, at one time, the one that came last counts; of others the no.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.instant import Instant


@dataclass(frozen=True)
class Word:
    """A yes or a no. `claimed` is None if it does not say when it was."""

    yes: bool
    came: Instant
    claimed: Instant | None


def last_word(words: Sequence[Word]) -> bool:
    """The word that counts, of some that are in the order in which they came."""

    def place(number: int) -> tuple[Instant, int, bool]:
        word = words[number]
        if word.claimed is not None and word.claimed < word.came:
            return word.claimed, -1, not word.yes
        return word.came, number, True

    return words[max(range(len(words)), key=place)].yes
