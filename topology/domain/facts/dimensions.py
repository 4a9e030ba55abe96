"""Where a customer stands: a value for each dimension."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from schemas.transition import Dimension


class Dimensions(NamedTuple):
    """The value of each dimension, in the order of `Dimension`."""

    segment: str
    stage: str
    tier: str
    care: str


values_of: Final[Callable[[Any], tuple[str, ...]]] = attrgetter(*(each.value for each in Dimension))
"""Of a row, or whatever else has a field for each dimension, in their order."""

_ALL: Final = tuple(Dimension)  # An enumeration is slower to walk through.


def value_reader(dimension: Dimension) -> Callable[[Any], str]:
    """What reads the value of one dimension from a row."""
    return attrgetter(dimension.value)


def changes(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[Dimension, str, str]]:
    """Each dimension whose value has changed: which, from what, to what."""
    both = zip(_ALL, before, after, strict=True)
    return [(dimension, left, entered) for dimension, left, entered in both if left != entered]
