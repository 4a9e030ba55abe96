"""Two bags of things, and what is missing from one or is in it too often, in words."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Final

MOST_LINES: Final = 8
"""So many of each are listed; the others are counted."""


def differences(what: str, found: Iterable[Hashable], expected: Iterable[Hashable]) -> list[str]:
    """A line for each thing that is missing, or there too often; none if all is equal."""
    have, want = Counter(iter(found)), Counter(iter(expected))
    return [*_lines(f"{what}: missing", want - have), *_lines(f"{what}: too many", have - want)]


def doubled(what: str, found: Iterable[Hashable]) -> list[str]:
    """A line for each thing that is there more than once."""
    counts = Counter(iter(found))
    return _lines(f"{what}: doubled", counts - Counter(counts.keys()))


def _lines(what: str, bag: Counter[Hashable]) -> list[str]:
    lines = [f"{what}: {_text(thing)} (x{times})" for thing, times in bag.items()]
    more = [f"{what}: and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return sorted(lines)[:MOST_LINES] + more


def _text(thing: Hashable) -> str:
    return " ".join(map(str, thing)) if isinstance(thing, tuple) else str(thing)
