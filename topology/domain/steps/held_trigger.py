"""Held triggers: what a rule would have sent, as the record that a person reviews."""

from schemas.held import HeldReason, HeldTrigger
from schemas.messages import catalogue
from schemas.trigger import Trigger, TriggerEvent
from topology.domain.history.instant import Instant, from_datetime, to_datetime
from topology.domain.history.memory import Hold, Memory
from topology.domain.occasions.occasion import Occasion
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewHeldOccasion, NewHeldTrigger, NewTriggerEvent
from topology.domain.steps.new_trigger import new_trigger
from topology.domain.steps.situation import HISTORY, Situation


def held_trigger(
    trigger: Trigger,
    occasion: Occasion,
    reason: str,
    situation: Situation,
    counted_at: Instant | None = None,
) -> HeldTrigger:
    """Return the record of a trigger that is not sent, for one of the reasons of history.

    `counted_at` is from when on it counts for cooldowns and caps; None if it does not.
    """
    return NewHeldTrigger(
        trigger_id=trigger.trigger_id,
        customer_id=trigger.customer_id,
        rule=trigger.rule,
        reason=HeldReason(reason),
        segment=situation.state.segment,
        action=trigger.action,
        message=trigger.reason,
        effective_at=trigger.effective_at,
        held_at=trigger.created_at,
        expires_at=trigger.expires_at,
        policy_version=trigger.policy_version,
        attempt=trigger.attempt,
        occasion=NewHeldOccasion(
            case=occasion.case.number,
            basis=occasion.basis,
            what=occasion.what,
            at=to_datetime(happened_at(occasion, situation.at)),
            counted_at=None if counted_at is None else to_datetime(counted_at),
            left=occasion.left,
            rating=occasion.rating,
            by=occasion.by,
        ),
    )


def give_up_holds(memory: Memory, situation: Situation, book: Rulebook) -> tuple[HeldTrigger, ...]:
    """Return the held promotions of a memory as triggers that are held for review."""
    given_up = []
    for hold in memory.holds:
        cases = book.cases_of.get(hold.rule, ())
        if hold.case < len(cases):
            occasion = occasion_of_hold(hold, cases[hold.case])
            attempt = memory.times_fired(hold.rule) + 1
            trigger = new_trigger(occasion, situation, book, attempt)
            given_up.append(held_trigger(trigger, occasion, HISTORY, situation))
    return tuple(given_up)


def happened_at(occasion: Occasion, at: Instant) -> Instant:
    """When what set a rule off happened, at the settlement of an instant."""
    event = occasion.event
    return at if occasion.transition or event is None else from_datetime(event.at)


def occasion_of_hold(hold: Hold, case: BookCase) -> Occasion:
    """Return the occasion of a held promotion."""
    return Occasion(
        case=case,
        basis=hold.basis,
        what=hold.what,
        event=_what_it_was(hold.basis, hold.what, hold.at),
        rating=hold.rating,
        left=hold.left,
        since=hold.since,
        by=hold.by,
    )


def occasion_of_record(held: HeldTrigger, case: BookCase) -> Occasion:
    """Return the occasion of a held trigger."""
    known = held.occasion
    return Occasion(
        case=case,
        basis=known.basis,
        what=known.what,
        event=_what_it_was(known.basis, known.what, from_datetime(known.at)),
        rating=known.rating,
        left=known.left,
        by=known.by or held.customer_id,
    )


def _what_it_was(basis: str, what: str, at: Instant) -> TriggerEvent:
    """The event of an occasion that is decided again."""
    kind, _, name = basis.partition(":")
    if kind == "order":
        event = catalogue.ORDER_COMPLETED.name
        return NewTriggerEvent(event=event, at=to_datetime(at), order_id=name)
    message_id = name if kind == "event" else None
    return NewTriggerEvent(event=what, at=to_datetime(at), message_id=message_id)
