"""What one step of the heart gives."""

from typing import NamedTuple

from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.domain.instant import Instant
from topology.domain.state import State


class Step(NamedTuple):
    """The new row, what came out on the way, and when the row changes next by the clock alone.

    `state` is None only if there was none and the clock alone was advanced. `wake_at` is None if
    the row never changes by itself again.
    """

    state: State | None
    transitions: tuple[Transition, ...]
    triggers: tuple[Trigger, ...]
    wake_at: Instant | None
    duplicate: bool = False
    """True if the event was known already: nothing was counted."""
