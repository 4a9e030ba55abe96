"""How much of what has arrived is held in memory, over all requests."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.platform.http.problems import Busy


class Budget:
    """At most `most` bytes at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def hold(self) -> Iterator["Hold"]:
        """Hold bytes for as long as the block lasts."""
        hold = Hold(self)
        try:
            yield hold
        finally:
            self.taken -= hold.size

    def take(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            Busy: there are not so many left.
        """
        if self.taken + size > self._most:
            raise Busy
        self.taken += size


class Hold:
    """What one request holds."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.size = 0

    def add(self, size: int) -> None:
        """Hold so many bytes more.

        Raises:
            Busy: there are not so many left.
        """
        self._budget.take(size)
        self.size += size
