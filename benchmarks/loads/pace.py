"""Pace: how many events are due at a time, at a steady rate."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Events at a steady rate from `begin` on, in seconds since 1970, `total` of them."""

    begin: float
    rate: float
    total: int

    def meant(self, number: int) -> float:
        """When an event is meant to be sent."""
        return self.begin + number / self.rate

    def due(self, now: float) -> int:
        """How many should have been sent by now."""
        if now < self.begin:
            return 0
        return min(self.total, int((now - self.begin) * self.rate) + 1)
