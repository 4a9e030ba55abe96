"""When a service that has died is started again, and when it counts as one that can't run: pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartRule:
    """Quick deaths in a row are answered with ever longer pauses.

    A death is quick within `quick_s` of the start. After `most` of them in a row the service can't
    run, and is tried again every `rest_s`. All times are in seconds.
    """

    quick_s: float = 20.0
    most: int = 6
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    rest_s: float = 60.0

    def quick_deaths(self, before: int, lived_s: float) -> int:
        """Return how many quick deaths there are in a row, after `before` of them and this life."""
        return before + 1 if lived_s < self.quick_s else 0

    def is_hopeless(self, quick_deaths: int) -> bool:
        """Whether the service can't run, as far as anybody can tell."""
        return quick_deaths >= self.most

    def pause(self, quick_deaths: int) -> float:
        """Return how long to wait before the next start."""
        if self.is_hopeless(quick_deaths):
            return self.rest_s
        return min(self.first_pause_s * 2.0 ** max(quick_deaths - 1, 0), self.longest_pause_s)
