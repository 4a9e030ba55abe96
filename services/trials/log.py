"""The log of a simulation: what the real worker would have written to its output topics."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct, json
from msgspec import field as field_of

from schemas.dimensions import Dimension
from services.trials.outcome import TrialAction, TrialTrigger
from topology.batching.handler import Output
from topology.domain.history.instant import Instant, from_datetime


class _Transition(Struct, gc=False):
    """The part of a transition that a trial needs."""

    customer_id: str
    dimension: str
    from_value: str = field_of(name="from")
    to_value: str = field_of(name="to")
    cause: str
    effective_at: datetime


class _Event(Struct, gc=False):
    """The same of an event."""

    message_id: str | None = None


class _Action(Struct, gc=False):
    """The same of an action."""

    kind: str
    offer: str | None = None
    channel: str | None = None
    template: str | None = None
    priority: str = ""


class _Trigger(Struct, gc=False):
    """The same of a trigger."""

    trigger_id: str
    customer_id: str
    rule: str
    action: _Action
    reason: str
    effective_at: datetime
    created_at: datetime
    transition: _Transition | None = None
    event: _Event | None = None
    not_before: datetime | None = None


class Change(NamedTuple):
    """A change of one dimension of a customer."""

    at: Instant
    dimension: str
    before: str
    after: str


class LoggedTrigger(NamedTuple):
    """A trigger, and the sentence that says why."""

    trigger: TrialTrigger
    reason: str


_transition: Final = json.Decoder(_Transition).decode
_trigger: Final = json.Decoder(_Trigger).decode


@dataclass(slots=True)
class SimulationLog:
    """Collects transitions and triggers, in the order in which they come."""

    triggers: list[LoggedTrigger] = field(default_factory=list)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    """By customer."""
    refused: int = 0
    """How many records went to the dead letters."""
    _names: dict[str, str] = field(default_factory=dict)
    _actions: dict[TrialAction, TrialAction] = field(default_factory=dict)

    def add_transition(self, output: Output) -> None:
        """Add the record of a transition."""
        found, one = _transition(output.value or b""), self._one
        change = Change(
            from_datetime(found.effective_at),
            one(found.dimension),
            one(found.from_value),
            one(found.to_value),
        )
        self.changes.setdefault(found.customer_id, []).append(change)

    def add_trigger(self, output: Output) -> None:
        """Add the record of a trigger."""
        found = _trigger(output.value or b"")
        at = from_datetime(found.effective_at)
        transition, event = found.transition, found.event
        if transition is not None:
            by_clock = transition.cause == "clock"
        else:
            by_clock = event is None or event.message_id is None
        trigger = TrialTrigger(
            id=found.trigger_id,
            customer=found.customer_id,
            rule=self._one(found.rule),
            at=at,
            created_at=from_datetime(found.created_at),
            sent_at=at if found.not_before is None else from_datetime(found.not_before),
            by_clock=by_clock,
            action=self._action(found.action),
            segment=self.value_at(found.customer_id, Dimension.SEGMENT, at),
        )
        self.triggers.append(LoggedTrigger(trigger, found.reason))

    def value_at(self, customer: str, dimension: str, at: Instant) -> str:
        """The value of a dimension just after an instant; empty if nothing is known of it."""
        own = [each for each in self.changes.get(customer, ()) if each.dimension == dimension]
        place = bisect_right(own, at, key=lambda each: each.at)
        if place:
            return own[place - 1].after
        return own[0].before if own else ""

    def triggers_of(self, customer: str, rule: str) -> Iterator[LoggedTrigger]:
        """The triggers of one rule for one customer, in order."""
        return (
            each
            for each in self.triggers
            if each.trigger.customer == customer and each.trigger.rule == rule
        )

    def _one(self, name: str) -> str:
        """One and the same text for all that are equal, which takes less room."""
        return self._names.setdefault(name, name)

    def _action(self, found: _Action) -> TrialAction:
        action = TrialAction(
            self._one(found.kind),
            self._one(found.offer or ""),
            self._one(found.channel or ""),
            self._one(found.template or ""),
            self._one(found.priority),
        )
        return self._actions.setdefault(action, action)
