"""A customer's way through the heart, and what came out of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.policy import load_default_policy
from schemas.transition import Transition
from schemas.trigger import Trigger
from tests.topology.domain.messages import Json, event_from
from topology.domain.advance import advance
from topology.domain.history.event import Event
from topology.domain.history.instant import Instant, from_datetime
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.step import Step

BOOK = compile_policy(load_default_policy().model_copy(update={"max_age": None}))
"""The default policy, but for its `max_age`: lives pass in a few strides, long afterwards."""


@dataclass
class Life:
    """One customer, from step to step."""

    book: Rulebook = BOOK
    state: State | None = None
    transitions: list[Transition] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)

    @property
    def row(self) -> State:
        """The row; there must be one."""
        assert self.state is not None
        return self.state

    def process(self, event: Event) -> Step:
        """Let an event come."""
        return self._keep(advance(self.state, event, event.at, self.book))

    def wait_until(self, instant: Instant) -> Step:
        """Let the clock alone go on."""
        return self._keep(advance(self.state, None, instant, self.book))

    def _keep(self, step: Step) -> Step:
        self.state = step.state
        self.transitions += step.transitions
        self.triggers += step.triggers
        return step

    def moves(self, dimension: str = "segment") -> list[Transition]:
        """The transitions of one dimension."""
        return [each for each in self.transitions if each.dimension == dimension]

    def path(self, dimension: str = "segment") -> list[tuple[str, datetime]]:
        """Where the customer went in one dimension, and when."""
        return [(each.to_value, each.effective_at) for each in self.moves(dimension)]

    def asked(self, rule: str) -> Trigger:
        """The one trigger of a rule; there must be exactly one."""
        [trigger] = [each for each in self.triggers if each.rule == rule]
        return trigger

    def fired(self, *rules: str) -> list[tuple[str, datetime]]:
        """When the given rules fired, or all of them if none is given."""
        return [(t.rule, t.effective_at) for t in self.triggers if not rules or t.rule in rules]


def lived(
    messages: Iterable[Json], until: datetime | Instant | None = None, book: Rulebook = BOOK
) -> Life:
    """Process the messages of one customer in this order, then let the clock go on."""
    life = Life(book)
    for message in messages:
        life.process(event_from(message, book.kept))
    if until is not None:
        life.wait_until(until if isinstance(until, int) else from_datetime(until))
    return life


def decided(records: Iterable[Transition | Trigger]) -> list[dict[str, Any]]:
    """What was decided, in the contracts' terms, without the times at which it was noticed."""
    return [_without_notice(each) for each in records]


def _without_notice(record: Transition | Trigger) -> dict[str, Any]:
    if hasattr(record, "trigger_id"):
        trigger = Trigger.model_validate(record, from_attributes=True)
        return trigger.model_dump(exclude={"created_at": True, "transition": {"observed_at"}})
    transition = Transition.model_validate(record, from_attributes=True)
    return transition.model_dump(exclude={"observed_at"})
