"""When a service that has died is started again, and when to give up: pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartRule:
    """Quick deaths in a row are answered with ever longer pauses, and at last with giving up.

    A death is quick within `quick_s` of the start. After `most` of them in a row it is enough.
    All times are in seconds.
    """

    quick_s: float = 20.0
    most: int = 6
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0

    def quick_deaths(self, before: int, lived_s: float) -> int:
        """Return how many quick deaths there are in a row, after `before` of them and this life."""
        return before + 1 if lived_s < self.quick_s else 0

    def pause(self, quick_deaths: int) -> float | None:
        """Return how long to wait before the next start, or None to give up."""
        if quick_deaths >= self.most:
            return None
        return min(self.first_pause_s * 2.0 ** max(quick_deaths - 1, 0), self.longest_pause_s)
