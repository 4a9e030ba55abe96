"""React: occasions into triggers, by the policy's rules."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from schemas.messages import catalogue
from schemas.messages.traits import TIME_ZONE
from schemas.trigger import Action, Priority, Trigger, TriggerEvent
from topology.domain.history.instant import Instant, from_datetime, to_datetime
from topology.domain.history.memory import (
    KEPT_FIRED,
    Fired,
    Held,
    Hold,
    Memory,
    Recovery,
    with_held,
    with_hold,
)
from topology.domain.history.record import Draft, replace
from topology.domain.history.state import State
from topology.domain.occasions.occasion import Occasion
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.calendar import not_before
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import are_met
from topology.domain.rules.emitted import NewTrigger, NewTriggerEvent
from topology.domain.steps.promotion_gate import CAP, KEPT_PROMOTED, capped, held_now
from topology.domain.steps.reason import write_reason
from topology.domain.steps.score import fit_of
from topology.domain.steps.situation import AGE, HISTORY, POLICY, Situation

KEPT_RECOVERIES: Final = 4
_ID: Final = 8
"""Bytes of a trigger's id by which its delivery is known."""

_RANKS: Final = {priority: rank for rank, priority in enumerate(reversed(Priority))}


def react(
    occasions: list[Occasion], situation: Situation, memory: Memory, book: Rulebook
) -> tuple[Memory, tuple[Trigger, ...]]:
    """Fire the rules whose conditions are met, that do not rest, and whose promotion is not held.

    Args:
        occasions: what may set a rule off.
        situation: the row after the change, and what changed it.
        memory: the memory of the rules until now.
        book: the compiled policy.

    Returns:
        The memory from now on, and the triggers: first those that are not promotional, then the
        others by priority, both in the policy's order.
    """
    reaction = _Reaction(situation, book, memory, [])
    chosen = _one_of_each(occasions, situation.state, memory)
    if situation.silence == POLICY:
        return reaction.adopt(chosen), ()
    for occasion in chosen:
        if not occasion.case.rule.promotional:
            reaction.fire(occasion)
    promotions = [occasion for occasion in chosen if occasion.case.rule.promotional]
    if promotions and not reaction.may_be_held:
        for occasion in promotions:
            reaction.fire(occasion)
        promotions = []
    held = held_now(situation.state, memory, situation.at, book)
    if held is not None:
        for occasion in promotions:
            reaction.hold(occasion, held)
        return reaction.memory, tuple(reaction.triggers)
    promotions += reaction.decide_again({each.case.rule.name for each in promotions})
    for occasion in reaction.in_order(promotions):
        if capped(reaction.memory, situation.at, book):
            reaction.hold(occasion, CAP)
        else:
            reaction.fire(occasion)
    return reaction.memory, tuple(reaction.triggers)


def _one_of_each(occasions: list[Occasion], state: State, memory: Memory) -> list[Occasion]:
    """Of each rule the first case whose conditions are met, unless the rule rests; in order."""
    occasions.sort(key=lambda each: each.case.place)
    chosen: dict[str, Occasion] = {}
    for occasion in occasions:
        rule = occasion.case.rule
        if rule.name not in chosen and are_met(occasion.case.conditions, state):
            chosen[rule.name] = occasion
    at = state.as_of
    return [each for each in chosen.values() if not _rests(each.case.rule, memory, at)]


def _rests(rule: BookRule, memory: Memory, at: Instant) -> bool:
    last = memory.last_fired(rule.name)
    return last is not None and at < last.at + rule.cooldown


class _Reaction(Draft):
    """Collects the triggers of one settlement, and changes the memory."""

    situation: Situation
    book: Rulebook
    memory: Memory
    triggers: list[Trigger]

    def in_order(self, promotions: list[Occasion]) -> list[Occasion]:
        """Sort the promotions: the higher priority first, then the policy's order."""
        if len(promotions) < 2:  # noqa: PLR2004 - how well somebody fits need not be known then
            return promotions
        fit = self._fit()

        def place(occasion: Occasion) -> tuple[int, int]:
            case = occasion.case
            return _RANKS[self._action(case, fit).priority], case.place

        return sorted(promotions, key=place)

    @property
    def may_be_held(self) -> bool:
        """False if a promotion can't be held, because it would go out when it is no longer true.

        That is so for a trigger that is not sent. But a history that comes in order is decided as
        it would have been live: there a promotion is held by what ended long ago.
        """
        situation = self.situation
        silence = situation.silence
        if silence is None:
            return not situation.is_settling
        return silence == AGE and not situation.is_late

    def adopt(self, chosen: list[Occasion]) -> Memory:
        """Count as held the rules that a changed policy alone sets off or lets through."""
        held = [occasion.case.rule.name for occasion in chosen]
        at = self.situation.at
        if held_now(self.situation.state, self.memory, at, self.book) is None:
            held += [each.case.rule.name for each in self.decide_again(set(held))]
        for rule in held:
            self.memory = with_held(self.memory, Held(rule, at, POLICY))
        return self.memory

    def decide_again(self, new: set[str]) -> Iterator[Occasion]:
        """The held promotions that may fire now; the others are given up."""
        state, at = self.situation.state, self.situation.at
        holds = self.memory.holds
        if holds:
            self.memory = replace(self.memory, holds=())
        for each in holds:
            cases = self.book.cases_of.get(each.rule, ())
            if each.rule in new or each.case >= len(cases):
                continue
            case = cases[each.case]
            still = case.still is None or case.still.accepts(case.still.read(state))
            rests = _rests(case.rule, self.memory, at)
            if still and not rests and are_met(case.conditions, state):
                about = _what_it_was(each)
                yield Occasion(
                    case=case,
                    basis=each.basis,
                    what=each.what,
                    event=about,
                    rating=each.rating,
                    left=each.left,
                    since=each.since,
                    by=each.by,
                )

    def hold(self, occasion: Occasion, held: str) -> None:
        """Hold a promotion: of each rule the latest."""
        rule, memory = occasion.case.rule.name, self.memory
        at, event = self.situation.at, occasion.event
        happened = at if occasion.transition or event is None else from_datetime(event.at)
        hold = Hold(
            rule=rule,
            case=occasion.case.number,
            basis=occasion.basis,
            since=at if occasion.since is None else occasion.since,
            at=happened,
            what=occasion.what,
            left=occasion.left,
            rating=occasion.rating,
            by=occasion.by,
        )
        if occasion.since is None:  # It is not held already.
            memory = with_held(memory, Held(rule, at, held))
        self.memory = with_hold(memory, hold)

    def fire(self, occasion: Occasion) -> None:
        """Raise the trigger. The memory counts one that is not sent, too, at its time."""
        case, memory, at = occasion.case, self.memory, self._counted_at(occasion)
        rule = case.rule
        last = memory.last_fired(rule.name)
        times = 1 if last is None else last.times + 1
        trigger = self._trigger(occasion, times)
        others = tuple(each for each in memory.fired if each.rule != rule.name)
        promoted, recoveries, holds = memory.promoted, memory.recoveries, memory.holds
        if rule.promotional:
            promoted = tuple(sorted((*promoted, at)))[-KEPT_PROMOTED:]
            if holds:
                holds = tuple(each for each in holds if each.rule != rule.name)
        if case.recovers:
            recovery = Recovery(at, bytes.fromhex(trigger.trigger_id)[:_ID])
            recoveries = (*recoveries, recovery)[-KEPT_RECOVERIES:]
        fired = Fired(rule.name, at if last is None else max(at, last.at), times)
        self.memory = replace(
            memory,
            fired=(*others, fired)[-KEPT_FIRED:],
            holds=holds,
            promoted=promoted,
            recoveries=recoveries,
        )
        silence = self.situation.silence
        if silence is None and rule.promotional and self.situation.is_settling:
            silence = HISTORY
        if silence is None:
            self.triggers.append(trigger)
        else:
            self.memory = with_held(self.memory, Held(rule.name, at, silence))

    def _counted_at(self, occasion: Occasion) -> Instant:
        """From when on it counts for cooldowns and caps: if it is not sent, from when it was true.

        When a segment was entered is unknown: it may have been by the clock, just now.
        """
        situation = self.situation
        event, at = situation.event, situation.at
        if event is None or situation.silence is None or occasion.left:
            return at
        return min(at, event.at if occasion.due is None else occasion.due)

    def _fit(self) -> float | None:
        state = self.situation.state
        return fit_of(state.history, state.scores, self.book)

    def _action(self, case: BookCase, fit: float | None) -> Action:
        ideal = self.book.ideal
        fits = ideal is not None and fit is not None and fit >= ideal.raises_from
        return case.raised if fits else case.action

    def _trigger(self, occasion: Occasion, times: int) -> Trigger:
        situation, book, rule = self.situation, self.book, occasion.case.rule
        state, at = situation.state, situation.at
        effective_at, fit = to_datetime(at), self._fit()
        return NewTrigger(
            trigger_id=trigger_id(occasion.by or state.customer_id, rule.name, occasion.basis),
            customer_id=state.customer_id,
            rule=rule.name,
            transition=occasion.transition,
            event=occasion.event,
            action=self._action(occasion.case, fit),
            reason=write_reason(occasion, situation, book),
            effective_at=effective_at,
            created_at=to_datetime(situation.now),
            expires_at=to_datetime(at + rule.expires_after),
            not_before=not_before(at, state.history.person.trait(TIME_ZONE), book.quiet),
            fit=fit,
            policy_version=book.version,
            attempt=times,
        )


def _what_it_was(hold: Hold) -> TriggerEvent:
    """The event of a held promotion."""
    kind, _, name = hold.basis.partition(":")
    if kind == "order":
        event, at = catalogue.ORDER_COMPLETED.name, to_datetime(hold.at)
        return NewTriggerEvent(event=event, at=at, order_id=name)
    message_id = name if kind == "event" else None
    return NewTriggerEvent(event=hold.what, at=to_datetime(hold.at), message_id=message_id)


def is_recovery(trigger: str, memory: Memory) -> bool:
    """True if this is the id of a trigger that asked for service recovery."""
    return any(trigger.startswith(recovery.trigger.hex()) for recovery in memory.recoveries)


def trigger_id(customer_id: str, rule: str, basis: str) -> str:
    """Return the id of a trigger: 32 hexadecimal digits of SHA-256.

    `basis` names the occasion: `transition:<sequence>`, `event:<message id>`,
    `order:<order id>`, or what fell due and when; so the same history gives the same ids.
    """
    return sha256(msgspec.json.encode((customer_id, rule, basis))).hexdigest()[:32]
