"""A row in the read model: how it is stored, and the groups that list it."""

from typing import Final, NamedTuple, Self

from schemas.dimensions import Dimension
from topology.domain.history.dimensions import values_of
from topology.domain.history.refunds import unmatched_refunds
from topology.domain.history.shared_id import is_shared
from topology.domain.history.suppression import is_suppressed
from topology.domain.rows.forward import Forward
from topology.domain.rows.row import read_entry

SUPPRESSED: Final = "suppressed=yes"
"""The group of the customers on the suppression list."""
SHARED: Final = "shared=yes"
"""The group of the ids that gather strangers."""
UNMATCHED: Final = "unmatched_refunds=yes"
"""The group of those who have refunds of orders that are not among theirs."""

OF_NO_DIMENSION: Final = frozenset({SUPPRESSED, SHARED, UNMATCHED})
"""Groups that are no values of a dimension."""

_WIDTH: Final = 4
_PREFIXES: Final = tuple(f"{each}=" for each in Dimension)
"""The beginning of a group's name, by dimension. Iterating over an enum is slow."""


class StoredRow(NamedTuple):
    """A row as the changelog carries it, and the partition whose clock is the customer's."""

    partition: int
    row: bytes

    def to_bytes(self) -> bytes:
        """The number of the partition, then the row."""
        return self.partition.to_bytes(_WIDTH, "big") + self.row

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        return cls(int.from_bytes(stored[:_WIDTH], "big"), stored[_WIDTH:])


def groups_of(row: bytes) -> str:
    """Return the groups that list a row, one a line. No group lists a name that forwards.

    Raises:
        RowError: the bytes are no row.
    """
    state = read_entry(row)
    if isinstance(state, Forward):
        return ""
    values = zip(_PREFIXES, values_of(state), strict=True)
    groups = [prefix + value for prefix, value in values if value]
    if is_suppressed(state.history.person.suppression):
        groups.append(SUPPRESSED)
    if is_shared(state.history.shared_at, state.as_of):
        groups.append(SHARED)
    if unmatched_refunds(state.history):
        groups.append(UNMATCHED)
    return "\n".join(groups)
