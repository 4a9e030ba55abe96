"""React: occasions into triggers, by the policy's rules."""

from collections.abc import Iterator
from typing import Final

from schemas.held import HeldTrigger
from schemas.trigger import Priority, Trigger
from topology.domain.history.instant import Instant
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
from topology.domain.history.record import Draft, Record, replace
from topology.domain.history.state import State
from topology.domain.occasions.occasion import Occasion
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase, BookRule
from topology.domain.rules.conditions import are_met
from topology.domain.steps.held_trigger import happened_at, held_trigger, occasion_of_hold
from topology.domain.steps.new_trigger import action_of, fit_in, in_short, new_trigger
from topology.domain.steps.promotion_gate import CAP, KEPT_PROMOTED, capped, held_now
from topology.domain.steps.situation import AGE, HISTORY, POLICY, Situation

KEPT_RECOVERIES: Final = 4

_RANKS: Final = {priority: rank for rank, priority in enumerate(reversed(Priority))}


class Reacted(Record, frozen=True):
    """The result of `react`.

    `triggers` are first those that are not promotional, then the others by priority, both in the
    policy's order.
    """

    memory: Memory
    triggers: tuple[Trigger, ...] = ()
    held: tuple[HeldTrigger, ...] = ()
    """Those that are not sent because they are history, in the same order."""


def react(
    occasions: list[Occasion], situation: Situation, memory: Memory, book: Rulebook
) -> Reacted:
    """Fire the rules whose conditions are met, that do not rest, and whose promotion is not held.

    Args:
        occasions: what may set a rule off.
        situation: the row after the change, and what changed it.
        memory: the memory of the rules until now.
        book: the compiled policy.
    """
    reaction = _Reaction(situation, book, memory, [], [])
    chosen = _one_of_each(occasions, situation.state, memory)
    if situation.silence == POLICY:
        reaction.adopt(chosen)
        return reaction.result()
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
        return reaction.result()
    promotions += reaction.decide_again({each.case.rule.name for each in promotions})
    for occasion in reaction.in_order(promotions):
        if capped(reaction.memory, situation.at, book):
            reaction.hold(occasion, CAP)
        else:
            reaction.fire(occasion)
    return reaction.result()


def _one_of_each(occasions: list[Occasion], state: State, memory: Memory) -> list[Occasion]:
    """Of each rule the first case whose conditions are met, unless the rule rests; in order."""
    occasions.sort(key=lambda each: each.case.place)
    chosen: dict[str, Occasion] = {}
    for occasion in occasions:
        rule = occasion.case.rule
        if rule.name not in chosen and are_met(occasion.case.conditions, state):
            chosen[rule.name] = occasion
    at = state.as_of
    return [each for each in chosen.values() if not rests(each.case.rule, memory, at)]


def rests(rule: BookRule, memory: Memory, at: Instant) -> bool:
    """True if a rule fired so short a while ago that it rests."""
    last = memory.last_fired(rule.name)
    return last is not None and at < last.at + rule.cooldown


def is_true_of(case: BookCase, state: State) -> bool:
    """True if a customer is where a case wants them, and meets its conditions."""
    still = case.still is None or case.still.accepts(case.still.read(state))
    return still and are_met(case.conditions, state)


def with_fired(memory: Memory, case: BookCase, at: Instant, times: int, trigger: str) -> Memory:
    """Return the memory after a rule has fired, for the nth time, with the id of its trigger."""
    rule, last = case.rule, memory.last_fired(case.rule.name)
    others = tuple(each for each in memory.fired if each.rule != rule.name)
    promoted, recoveries, holds = memory.promoted, memory.recoveries, memory.holds
    if rule.promotional:
        promoted = tuple(sorted((*promoted, at)))[-KEPT_PROMOTED:]
        if holds:
            holds = tuple(each for each in holds if each.rule != rule.name)
    if case.recovers:
        recoveries = (*recoveries, Recovery(at, in_short(trigger)))[-KEPT_RECOVERIES:]
    fired = Fired(rule.name, at if last is None else max(at, last.at), times)
    return replace(
        memory,
        fired=(*others, fired)[-KEPT_FIRED:],
        holds=holds,
        promoted=promoted,
        recoveries=recoveries,
    )


class _Reaction(Draft):
    """Collects the triggers of one settlement, and changes the memory."""

    situation: Situation
    book: Rulebook
    memory: Memory
    triggers: list[Trigger]
    held: list[HeldTrigger]

    def result(self) -> Reacted:
        """What it comes to."""
        return Reacted(self.memory, tuple(self.triggers), tuple(self.held))

    def in_order(self, promotions: list[Occasion]) -> list[Occasion]:
        """Sort the promotions: the higher priority first, then the policy's order."""
        if len(promotions) < 2:  # noqa: PLR2004 - how well somebody fits need not be known then
            return promotions
        book = self.book
        fit = fit_in(self.situation.state, book)

        def place(occasion: Occasion) -> tuple[int, int]:
            case = occasion.case
            return _RANKS[action_of(case, fit, book).priority], case.place

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

    def adopt(self, chosen: list[Occasion]) -> None:
        """Hold for review what a changed policy alone sets off or lets through."""
        situation, book, held = self.situation, self.book, list(chosen)
        if held_now(situation.state, self.memory, situation.at, book) is None:
            held += self.decide_again({occasion.case.rule.name for occasion in chosen})
        for occasion in held:
            rule = occasion.case.rule.name
            attempt = self.memory.times_fired(rule) + 1
            trigger = new_trigger(occasion, situation, book, attempt)
            self.held.append(held_trigger(trigger, occasion, POLICY, situation))
            self.memory = with_held(self.memory, Held(rule, situation.at, POLICY))

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
            if is_true_of(case, state) and not rests(case.rule, self.memory, at):
                yield occasion_of_hold(each, case)

    def hold(self, occasion: Occasion, held: str) -> None:
        """Hold a promotion: of each rule the latest."""
        rule, memory = occasion.case.rule.name, self.memory
        at = self.situation.at
        hold = Hold(
            rule=rule,
            case=occasion.case.number,
            basis=occasion.basis,
            since=at if occasion.since is None else occasion.since,
            at=happened_at(occasion, at),
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
        times = memory.times_fired(rule.name) + 1
        situation, book = self.situation, self.book
        trigger = new_trigger(occasion, situation, book, times)
        self.memory = with_fired(memory, case, at, times, trigger.trigger_id)
        silence = situation.silence
        if silence is None and rule.promotional and situation.is_settling:
            silence = HISTORY
        if silence is None:
            self.triggers.append(trigger)
        else:
            self.held.append(held_trigger(trigger, occasion, silence, situation, at))
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
