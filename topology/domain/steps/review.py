"""Reviews: a held trigger is released, if the rules allow it now, or dismissed.

A row remembers each review until the trigger expires. An expired one is never released, so a
command that comes again finds either the review or an expired trigger, and does nothing.
"""

from typing import Final

import msgspec

from schemas.held import HeldDecision, HeldStatus, HeldTrigger, ReleaseRefusal
from schemas.trigger import Trigger
from topology.domain.history.instant import NEVER, Instant, from_datetime, to_datetime
from topology.domain.history.memory import (
    MOST_REVIEWS,
    Memory,
    Review,
    ScheduledRelease,
)
from topology.domain.history.record import Record, replace
from topology.domain.history.state import State
from topology.domain.occasions.kind import AN_ACT, AN_ORDER
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rules.case import BookCase
from topology.domain.rules.emitted import NewHeldDecision, NewHeldTrigger, NewReleasedTrigger
from topology.domain.steps.held_trigger import occasion_of_record
from topology.domain.steps.new_trigger import in_short, new_trigger
from topology.domain.steps.promotion_gate import held_now, opens_at
from topology.domain.steps.react import Reacted, is_true_of, with_fired
from topology.domain.steps.situation import Situation, is_stale

_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(NewHeldTrigger).decode
_MADE: Final = tuple(Trigger.model_fields.keys() - {"expires_at", "released_by"})
"""The fields of a released trigger that are those of a new one."""

_UNDECIDED: Final = tuple(HeldTrigger.model_fields.keys() - {"status", "decision"})
"""The fields of a held trigger that no decision changes."""


class ReviewCommand(Record, frozen=True):
    """What a person decided on a held trigger."""

    held: HeldTrigger
    by: str
    """Who: the name of an API key."""
    dismisses: bool = False
    not_before: Instant | None = None
    """When a release is to be decided; None is now."""


def review(
    command: ReviewCommand, state: State, memory: Memory, now: Instant, book: Rulebook
) -> Reacted:
    """Carry out a command at the row's present. One that was carried out before changes nothing."""
    held, at = command.held, state.as_of
    key, expires_at = in_short(held.trigger_id), from_datetime(held.expires_at)
    known = next((each for each in memory.reviews if each.trigger == key), None)
    if known is not None and not (command.dismisses and known.release is not None):
        return Reacted(memory)
    others = tuple(each for each in memory.reviews if each.expires_at > at and each.trigger != key)
    refusal = None
    if expires_at <= max(at, now):
        if command.dismisses:
            return Reacted(memory, held=(_decided(held, command.by, now, HeldStatus.DISMISSED),))
        refusal = ReleaseRefusal.EXPIRED
    elif state.settles_at is not None and not command.dismisses:
        refusal = ReleaseRefusal.HISTORY
    elif len(others) >= MOST_REVIEWS:
        refusal = ReleaseRefusal.TOO_MANY
    if refusal is not None:
        return Reacted(memory, held=(_decided(held, command.by, now, refusal),))
    done = replace(memory, reviews=(*others, Review(key, expires_at)))
    if command.dismisses:
        return Reacted(done, held=(_decided(held, command.by, now, HeldStatus.DISMISSED),))
    not_before = command.not_before
    if not_before is not None and not_before > at:
        release = ScheduledRelease(not_before, command.by, _ENCODE(held))
        waiting = replace(memory, reviews=(*others, Review(key, expires_at, release)))
        return Reacted(waiting, held=(_scheduled(held, command.by, now, not_before),))
    return _release(held, command.by, state, replace(memory, reviews=others), now, book)


def decide_due(state: State, memory: Memory, now: Instant, book: Rulebook) -> Reacted:
    """Decide the scheduled releases whose turn has come."""
    at = state.as_of
    triggers: tuple[Trigger, ...] = ()
    held: tuple[HeldTrigger, ...] = ()
    for each in memory.reviews:
        release = each.release
        if release is None or release.not_before > at:
            continue
        others = tuple(one for one in memory.reviews if one is not each)
        without = replace(memory, reviews=others)
        decided = _release(_DECODE(release.held), release.by, state, without, now, book)
        memory = decided.memory
        triggers, held = (*triggers, *decided.triggers), (*held, *decided.held)
    return Reacted(memory, triggers, held)


def next_decision(state: State, memory: Memory, book: Rulebook) -> Instant:
    """When the clock decides next: held promotions, or a scheduled release."""
    opens, release = opens_at(state, memory, book), _next_release(memory, state.as_of)
    return release if opens <= state.as_of else min(opens, release)


def merge_reviews(one: tuple[Review, ...], other: tuple[Review, ...]) -> tuple[Review, ...]:
    """Return the reviews of both rows; one that is over counts before one that waits."""
    merged = {each.trigger: each for each in (*one, *other)}
    merged |= {each.trigger: each for each in (*one, *other) if each.release is None}
    return tuple(merged[key] for key in sorted(merged))


def _next_release(memory: Memory, at: Instant) -> Instant:
    """When the next scheduled release is decided, after an instant; `NEVER` if there is none."""
    waiting = (each.release.not_before for each in memory.reviews if each.release is not None)
    return min((each for each in waiting if each > at), default=NEVER)


def _release(
    held: HeldTrigger, by: str, state: State, memory: Memory, now: Instant, book: Rulebook
) -> Reacted:
    """Fire a held trigger if its rule would fire now, without a review of it in the memory."""
    cases = book.cases_of.get(held.rule, ())
    case = cases[held.occasion.case] if held.occasion.case < len(cases) else None
    own = _without_its_own(held, memory, is_promotional=case is not None and case.rule.promotional)
    refusal = None if case is None else _refusal(held, case, state, own, now, book)
    if case is None or refusal is not None:
        why = refusal or ReleaseRefusal.UNKNOWN_RULE
        return Reacted(memory, held=(_decided(held, by, now, why),))
    occasion, situation = occasion_of_record(held, case), Situation(state, now, None)
    times = memory.times_fired(held.rule)
    attempt = times + 1 if held.occasion.counted_at is None else held.attempt
    made = new_trigger(occasion, situation, book, attempt)
    trigger = NewReleasedTrigger(
        **{name: getattr(made, name) for name in _MADE},
        expires_at=held.expires_at,
        released_by=by,
    )
    fired = _fired(held, case, own, state.as_of, max(times, attempt))
    decided = _decided(held, by, now, HeldStatus.RELEASED)
    return Reacted(fired, (trigger,), (decided,))


def _without_its_own(held: HeldTrigger, memory: Memory, *, is_promotional: bool) -> Memory:
    """The memory without the promotion that was counted when this trigger was held."""
    counted = held.occasion.counted_at
    if counted is None or not is_promotional:
        return memory
    promoted, at = list(memory.promoted), from_datetime(counted)
    if at in promoted:
        promoted.remove(at)
    return replace(memory, promoted=tuple(promoted))


def _refusal(
    held: HeldTrigger,
    case: BookCase,
    state: State,
    memory: Memory,
    now: Instant,
    book: Rulebook,
) -> str | None:
    """Why a held trigger may not be sent now; None if it may."""
    at = state.as_of
    if from_datetime(held.expires_at) <= max(at, now):
        return ReleaseRefusal.EXPIRED
    if state.settles_at is not None:
        return ReleaseRefusal.HISTORY
    if is_stale(at, now, book):
        return ReleaseRefusal.AGE
    if not is_true_of(case, state) or _has_ended(held, case, state):
        return ReleaseRefusal.CHANGED
    last = memory.last_fired(held.rule)
    counted = from_datetime(held.occasion.counted_at or held.effective_at)
    if last is not None and last.at > counted and at < last.at + case.rule.cooldown:
        return ReleaseRefusal.COOLDOWN
    return held_now(state, memory, at, book) if case.rule.promotional else None


def _has_ended(held: HeldTrigger, case: BookCase, state: State) -> bool:
    """True if the trigger is about a silence, and the customer has ended that since."""
    last: Instant | None = None
    if case.ended_by == AN_ORDER:
        last = state.scores.last_order_at
    elif case.ended_by == AN_ACT:
        last = state.history.acted_at
    return last is not None and last > from_datetime(held.effective_at)


def _fired(held: HeldTrigger, case: BookCase, memory: Memory, at: Instant, times: int) -> Memory:
    """The memory after a held trigger was sent."""
    key = in_short(held.trigger_id)
    if case.recovers:  # It may have been counted when it was held.
        others = tuple(each for each in memory.recoveries if each.trigger != key)
        memory = replace(memory, recoveries=others)
    done = Review(key, from_datetime(held.expires_at))
    fired = with_fired(memory, case, at, times, held.trigger_id)
    return replace(fired, reviews=(*memory.reviews, done))


def _decided(held: HeldTrigger, by: str, now: Instant, outcome: str) -> HeldTrigger:
    """The record of a decision: a status, or why a release was refused."""
    at = to_datetime(now)
    if outcome in (HeldStatus.RELEASED, HeldStatus.DISMISSED):
        return _with(held, HeldStatus(outcome), NewHeldDecision(at=at, by=by))
    refused = NewHeldDecision(at=at, by=by, refusal=ReleaseRefusal(outcome))
    return _with(held, HeldStatus.REFUSED, refused)


def _scheduled(held: HeldTrigger, by: str, now: Instant, not_before: Instant) -> HeldTrigger:
    decision = NewHeldDecision(at=to_datetime(now), by=by, not_before=to_datetime(not_before))
    return _with(held, HeldStatus.SCHEDULED, decision)


def _with(held: HeldTrigger, status: HeldStatus, decision: HeldDecision) -> HeldTrigger:
    unchanged = {name: getattr(held, name) for name in _UNDECIDED}
    return NewHeldTrigger(**unchanged, status=status, decision=decision)
