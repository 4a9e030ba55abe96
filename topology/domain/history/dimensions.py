"""Dimensions: the values by which customers are told apart, such as the segment and the tier.

A new one is an entry of `Dimension`, a field of `Dimensions`, and a line of `policy.classifier`.
Rows keep it in a field of the same name (`history.state`).
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from schemas.dimensions import Dimension
from topology.domain.history.state import State


class Dimensions(NamedTuple):
    """The value of each dimension, in the order of `Dimension`."""

    segment: str
    stage: str
    tier: str
    care: str


values_of: Final[Callable[[Any], tuple[str, ...]]] = attrgetter(*(each.value for each in Dimension))
"""Of a row, or whatever else has a field for each dimension, in their order."""


def dimensions_of(row: object) -> Dimensions:
    """The value of each dimension, by its name, of whatever has a field for each."""
    return Dimensions(*values_of(row))


def value_reader(dimension: Dimension) -> Callable[[Any], str]:
    """What reads the value of one dimension from a row."""
    return attrgetter(dimension.value)


# Looking up a member costs more than the rest of what is done with it. A fifth one fails here.
_SEGMENT, _STAGE, _TIER, _CARE = Dimension


def changes(before: State, after: State) -> list[tuple[Dimension, str, str]]:
    """Each dimension whose value differs between two rows: which, from what, to what."""
    found: list[tuple[Dimension, str, str]] = []
    if before.segment != after.segment:
        found.append((_SEGMENT, before.segment, after.segment))
    if before.stage != after.stage:
        found.append((_STAGE, before.stage, after.stage))
    if before.tier != after.tier:
        found.append((_TIER, before.tier, after.tier))
    if before.care != after.care:
        found.append((_CARE, before.care, after.care))
    return found
