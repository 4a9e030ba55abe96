"""An occasion that has come: it may set a rule off."""

from schemas.transition import Transition
from schemas.trigger import TriggerEvent
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.history.record import Record
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewTriggerEvent


class Occasion(Record, frozen=True):
    """A case that may fire now, its subject, and the basis of its trigger's id."""

    case: BookCase
    basis: str
    what: str
    """What it is about, in a word or two."""
    transition: Transition | None = None
    event: TriggerEvent | None = None
    rating: float | None = None
    left: str = ""
    """The segment that was left, if one was."""
    since: Instant | None = None
    """Since when it is held, if it is."""
    by: str = ""
    """What the customer was called when it was held first, if that was before a join."""
    due: Instant | None = None
    """When it was due, if a later event found it."""


def due_occasion(case: BookCase, what: str, at: Instant) -> Occasion:
    """The occasion of a case that falls due at an instant; `what` is what that is counted from."""
    about = NewTriggerEvent(event=what, at=to_datetime(at))
    return Occasion(case=case, basis=f"{what}:{at}", what=what, event=about, due=at)


def event_occasion(case: BookCase, event: Event, rating: float | None = None) -> Occasion:
    """The occasion of a case that an event sets off by itself."""
    about = NewTriggerEvent(event=event.name, at=to_datetime(event.at), message_id=event.message_id)
    basis = f"event:{event.message_id}"
    return Occasion(case=case, basis=basis, what=event.name, event=about, rating=rating)
