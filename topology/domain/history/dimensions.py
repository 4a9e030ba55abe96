"""Dimensions of rows: a row has the value of each in the field of its name."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from schemas.dimensions import Dimension

Values = tuple[str, ...]
"""A value of each dimension, in their order."""

_DIMENSIONS: Final = tuple(Dimension)
_NAMES: Final = tuple(each.value for each in Dimension)

values_of: Final[Callable[[Any], Values]] = attrgetter(*_NAMES)
"""Of a row, or whatever else has a field for each dimension."""


def value_reader(dimension: Dimension) -> Callable[[Any], str]:
    """What reads the value of one dimension from a row."""
    return attrgetter(dimension.value)


@lru_cache(maxsize=1024)  # There are few different values, and to sort them out is dear.
def by_name(values: Values) -> Mapping[str, Any]:
    """Each value by the name of its field."""
    return dict(zip(_NAMES, values, strict=True))


@lru_cache(maxsize=4096)  # Likewise.
def changes(before: Values, after: Values) -> tuple[tuple[Dimension, str, str], ...]:
    """Each dimension whose value differs: which, from what, to what."""
    both = zip(_DIMENSIONS, before, after, strict=True)
    return tuple((each, left, entered) for each, left, entered in both if left != entered)
