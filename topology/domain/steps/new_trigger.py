"""New triggers: an occasion of a rule as the trigger that it raises."""

from hashlib import sha256
from typing import Final

import msgspec

from schemas.messages.traits import TIME_ZONE
from schemas.trigger import Action, Trigger
from topology.domain.history.instant import to_datetime
from topology.domain.history.memory import Memory
from topology.domain.history.state import State
from topology.domain.occasions.occasion import Occasion
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.calendar import not_before
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewTrigger
from topology.domain.steps.reason import write_reason
from topology.domain.steps.score import fit_of
from topology.domain.steps.situation import Situation

_SHORT: Final = 8
"""Bytes of a trigger's id by which a row knows it."""


def fit_in(state: State, book: Rulebook) -> float | None:
    """How well a customer fits the shop, None without an ideal."""
    return fit_of(state.history, state.scores, book)


def action_of(case: BookCase, fit: float | None, book: Rulebook) -> Action:
    """The action of a case, for a customer who fits the shop so well."""
    ideal = book.ideal
    fits = ideal is not None and fit is not None and fit >= ideal.raises_from
    return case.raised if fits else case.action


def new_trigger(occasion: Occasion, situation: Situation, book: Rulebook, attempt: int) -> Trigger:
    """Return the trigger of an occasion, as the nth of its rule."""
    rule = occasion.case.rule
    state, at = situation.state, situation.at
    effective_at, fit = to_datetime(at), fit_in(state, book)
    return NewTrigger(
        trigger_id=trigger_id(occasion.by or state.customer_id, rule.name, occasion.basis),
        customer_id=state.customer_id,
        rule=rule.name,
        transition=occasion.transition,
        event=occasion.event,
        action=action_of(occasion.case, fit, book),
        reason=write_reason(occasion, situation, book),
        effective_at=effective_at,
        created_at=to_datetime(situation.now),
        expires_at=to_datetime(at + rule.expires_after),
        not_before=not_before(at, state.history.person.trait(TIME_ZONE), book.quiet),
        fit=fit,
        policy_version=book.version,
        attempt=attempt,
    )


def is_recovery(trigger: str, memory: Memory) -> bool:
    """True if this is the id of a trigger that asked for service recovery."""
    return any(trigger.startswith(recovery.trigger.hex()) for recovery in memory.recoveries)


def trigger_id(customer_id: str, rule: str, basis: str) -> str:
    """Return the id of a trigger: 32 hexadecimal digits of SHA-256.

    `basis` names the occasion: `transition:<sequence>`, `event:<message id>`,
    `order:<order id>`, or what fell due and when; so the same history gives the same ids.
    """
    return sha256(msgspec.json.encode((customer_id, rule, basis))).hexdigest()[:32]


def in_short(trigger: str) -> bytes:
    """Return the first bytes of a trigger's id, by which a row knows it."""
    return bytes.fromhex(trigger)[:_SHORT]
