"""Situation: what the rules look at."""

from msgspec import Struct

from topology.domain.history.event import Event
from topology.domain.history.instant import Instant
from topology.domain.history.state import State


class Situation(Struct, frozen=True, gc=False):
    """What the rules look at: the row after the change, and what changed it."""

    state: State
    now: Instant
    event: Event | None
    silence: str | None = None
    """Why nothing of it is sent, though it counts: see `silence`. None if it is sent."""
    is_settling: bool = False
    """True while the customer's history is still coming in: then promotion may be a mistake."""

    @property
    def at(self) -> Instant:
        """When it changed."""
        return self.state.as_of

    @property
    def is_late(self) -> bool:
        """True if an event changed it that is older than the row's present."""
        return self.event is not None and self.event.at < self.state.as_of
