"""The result of one use of `advance`."""

from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger
from topology.domain.history.instant import Instant
from topology.domain.history.record import Record
from topology.domain.history.state import State


class Step(Record, frozen=True):
    """The new row, its transitions and triggers, and when it changes next by the clock alone.

    `state` is None only if there was none and the clock alone was advanced. `wake_at` is None if
    the row never changes by itself again.
    """

    state: State | None
    wake_at: Instant | None
    transitions: tuple[Transition, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    held: tuple[HeldTrigger, ...] = ()
    """The triggers that were held because they are history, and decisions on such ones."""
    duplicate: bool = False
    """True if the event was known already: nothing has changed."""
