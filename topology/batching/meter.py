"""Meter: who wants to count what the partitions do. Called once for each batch, never for a record.

A meter does not count the rows and the lag of a partition: whoever wants them asks the partition.
"""

from collections.abc import Sequence
from typing import Protocol

from topology.batching.handler import Output


class Meter(Protocol):
    """The meter's interface. Every method is called in the app's thread, and must be quick."""

    def committed(self, partition: int, records: int, outputs: Sequence[Output]) -> None:
        """Count a transaction: how many records it took in, and what it put out."""
        ...

    def dropped(self, partition: int, records: int) -> None:
        """Count the records that a committed transaction left out on purpose."""
        ...

    def failed(self, partition: int) -> None:
        """Count a transaction that did not come about."""
        ...

    def fenced(self, partition: int) -> None:
        """Count a partition that somebody else has taken over."""
        ...

    def restored(self, partition: int, rows: int, seconds: float) -> None:
        """Note how long it took to get a partition ready."""
        ...


class NoMeter:
    """Counts nothing."""

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
