"""Adoption: what the rows of one policy would set off if another one took effect now.

A worker that starts with a changed policy settles each row once under it. With `adoption: hold` the
triggers of that settlement are held, with `adoption: fire` they are sent.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from msgspec.json import Decoder

from schemas import topics
from schemas.held import HeldReason
from schemas.policy import Policy
from services.trials.log import SimulationLog
from services.trials.outcome import AdoptionOutcome, AdoptionTotal
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes
from topology.domain.history.instant import Instant
from topology.domain.policy.compile import compile_policy
from topology.domain.rows.erased import is_tombstone
from topology.domain.rules.emitted import NewHeldTrigger

_DECODE: Final = Decoder(NewHeldTrigger).decode
_MOST: Final = 500
"""Rows of one batch."""


class Successor(NamedTuple):
    """The policy that would take effect, and how the workers run."""

    policy: Policy
    clock: Literal["wall", "topic"]
    app_id: str

    def handler(self, adoption: Literal["hold", "fire"], at: Instant) -> Journey:
        """The handler of a worker that starts with the policy, with this setting."""
        policy = self.policy.model_copy(update={"adoption": adoption})
        book = compile_policy(policy, sends_everything=self.clock == "topic")
        return Journey(book, 1, lambda: at, app_id=self.app_id)


def adopt(rows: Mapping[bytes, bytes], at: Instant, successor: Successor) -> AdoptionOutcome:
    """Let the policy take effect on these rows at an instant. The rows stay as they are."""
    held = Counter(_held(rows, at, successor))
    log = SimulationLog()
    for changes in _settled(rows, at, successor.handler("fire", at)):
        for output in changes.outputs:
            if output.topic == topics.TRIGGERS:
                log.add_trigger(output)
    triggers = [each.trigger for each in log.triggers]
    sent = Counter(each.rule for each in triggers)
    return AdoptionOutcome(
        totals=tuple(
            AdoptionTotal(rule, held[rule], sent[rule]) for rule in sorted(held.keys() | sent)
        ),
        sent_at=tuple(sorted(each.sent_at for each in triggers)),
    )


def _held(rows: Mapping[bytes, bytes], at: Instant, successor: Successor) -> Iterator[str]:
    """The rule of each trigger that is held only because the policy has changed."""
    for changes in _settled(rows, at, successor.handler("hold", at)):
        found = (
            _DECODE(each.value or b"") for each in changes.outputs if each.topic == topics.HELD
        )
        yield from (each.rule for each in found if each.reason == HeldReason.POLICY)


def _settled(rows: Mapping[bytes, bytes], at: Instant, handler: Journey) -> Iterator[Changes]:
    """What a worker does with the rows when it has opened their partition."""
    time = BatchTime(at, at, clock_at_begin=at)
    keys = [key for key in rows if not is_tombstone(key)]
    for first in range(0, len(keys), _MOST):
        yield handler.on_due(rows, keys[first : first + _MOST], at, time)
