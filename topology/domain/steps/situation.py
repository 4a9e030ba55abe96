"""Situation: what the rules look at, and what may set one off."""

from msgspec import Struct

from schemas.transition import Transition
from schemas.trigger import TriggerEvent
from topology.domain.facts.event import Event
from topology.domain.facts.instant import Instant
from topology.domain.facts.state import State
from topology.domain.rules.case import BookCase


class Occasion(Struct, frozen=True, gc=False):
    """A case that may fire now, what it is about, and what makes its trigger's id."""

    case: BookCase
    basis: str
    what: str
    """What it is about, in a word or two."""
    transition: Transition | None
    event: TriggerEvent | None
    rating: float | None = None
    left: str = ""
    """The segment that was left, if one was."""
    since: Instant | None = None
    """Since when it waits, if it does."""
    by: str = ""
    """What the customer was called when it began to wait, if that was before a join."""
    due: Instant | None = None
    """When it was due, if it is judged on arrival of an event that came later."""


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
