"""What there is to see at one moment of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schemas.trigger import Trigger


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. `now` is the instant up to which everything has been worked out."""

    now: datetime | None = None
    sent: int = 0
    in_all: int = 0
    noun: str = "messages"
    """What is sent, in the plural."""
    segments: Mapping[str, int] = field(default_factory=dict)
    transitions: int = 0
    triggers: int = 0
    latest: tuple[Trigger, ...] = ()
    """The latest triggers, the newest first."""

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return sum(self.segments.values())


class Audience(Protocol):
    """Who watches."""

    def show(self, scene: Scene) -> None:
        """See how things are now."""

    def say(self, line: str) -> None:
        """Hear something worth telling."""

    def leave(self) -> None:
        """See nothing more: from here on the terminal is for others."""
