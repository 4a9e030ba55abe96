"""Meter: counts what the partitions do. They call it once for each batch, never for a record.

A meter does not count the rows and the lag of a partition: metrics read them from the partition.
"""

from collections.abc import Sequence
from typing import Protocol

from topology.batching.handler import Output


class Meter(Protocol):
    """Counters. The app calls every method in its event loop, so each must be fast."""

    def committed(self, partition: int, records: int, outputs: Sequence[Output]) -> None:
        """Count a committed transaction, its source records and its outputs."""
        ...

    def dropped(self, partition: int, records: int) -> None:
        """Count the records that a committed transaction dropped on purpose."""
        ...

    def failed(self, partition: int) -> None:
        """Count a failed transaction."""
        ...

    def fenced(self, partition: int) -> None:
        """Count a partition from which another worker has fenced this one."""
        ...

    def restored(self, partition: int, rows: int, seconds: float) -> None:
        """Record how long the restore of a partition took."""
        ...


class NoMeter:
    """A meter that counts nothing."""

    def committed(self, partition: int, records: int, outputs: Sequence[Output]) -> None:
        """Not counted."""

    def dropped(self, partition: int, records: int) -> None:
        """Not counted."""

    def failed(self, partition: int) -> None:
        """Not counted."""

    def fenced(self, partition: int) -> None:
        """Not counted."""

    def restored(self, partition: int, rows: int, seconds: float) -> None:
        """Not counted."""
