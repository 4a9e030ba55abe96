"""A row as the read model keeps it: behind the number of its changelog partition."""

from typing import NamedTuple

_WIDTH = 4


class StoredRow(NamedTuple):
    """A row as the changelog carries it, and the partition whose clock is the customer's."""

    partition: int
    row: bytes

    def to_bytes(self) -> bytes:
        """As the read model keeps it."""
        return self.partition.to_bytes(_WIDTH, "big") + self.row


def stored_row(kept: bytes) -> StoredRow:
    """What `to_bytes` wrote."""
    return StoredRow(int.from_bytes(kept[:_WIDTH], "big"), kept[_WIDTH:])
