"""One step of a partition: from the offset that the read model is at to the next."""

from typing import NamedTuple


class Step(NamedTuple):
    """A batch's place. `expected` is None if the read model has nothing of the partition yet."""

    place: str
    """`role:partition`."""
    expected: int | None
    following: int
