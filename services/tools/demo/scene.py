"""What there is to see at one moment of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.tools.demo.leaving import WIN_BACK, Leaving


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. `now` is the instant up to which everything has been worked out.

    Nothing in it happened later than that, though some partitions may be further.
    """

    now: datetime | None = None
    done: float = 0.0
    """How much of the time has gone by, from 0 to 1."""
    sent: int = 0
    in_all: int = 0
    noun: str = "message"
    """What is sent."""
    segments: Mapping[str, int] = field(default_factory=dict)
    transitions: int = 0
    triggers: Mapping[str, int] = field(default_factory=dict)
    """How many there were, by rule."""
    dropped: int = 0
    """How often somebody dropped into churn risk."""
    latest_won_back: tuple[Leaving, ...] = ()
    """Whom to win back, the newest first."""
    latest_dropped: tuple[Leaving, ...] = ()
    """Who dropped into churn risk, the newest first."""

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return sum(self.segments.values())

    @property
    def won_back(self) -> int:
        """How many triggers shall win somebody back."""
        return self.triggers.get(WIN_BACK, 0)

    @property
    def others(self) -> Mapping[str, int]:
        """The other triggers, by rule, the most frequent first."""
        found = (each for each in self.triggers.items() if each[0] != WIN_BACK)
        return dict(sorted(found, key=lambda each: (-each[1], each[0])))


class Audience(Protocol):
    """Who watches."""

    def show(self, scene: Scene) -> None:
        """See how things are now."""

    def say(self, line: str) -> None:
        """Hear something worth telling."""

    def leave(self) -> None:
        """See nothing more: from here on the terminal is for others."""
