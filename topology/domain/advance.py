"""Advance: the heart of Stammkunde, one pure function.

Absence is an event: before anything is absorbed, the clock is walked to the event's time, through
every instant at which the row changes because nothing happened. So a backfill gives the same
history as the live stream would have given.
"""

from typing import Final

from schemas.held import HeldTrigger
from schemas.messages.catalogue import ACTION_DELIVERED
from schemas.transition import Cause, Transition
from schemas.trigger import Trigger
from topology.domain.history.dimensions import values_of
from topology.domain.history.event import Event, is_of
from topology.domain.history.instant import NEVER, Instant, later
from topology.domain.history.memory import NOTHING, Memory, is_waiting, pack_memory, release_holds
from topology.domain.history.orders import first_order
from topology.domain.history.record import Draft, replace
from topology.domain.history.seen import remember
from topology.domain.history.state import History, State
from topology.domain.occasions.occasion import Occasion
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.absorb import absorb, recovered
from topology.domain.steps.care import with_care
from topology.domain.steps.held_trigger import give_up_holds
from topology.domain.steps.merge import Keyed, merge_rows
from topology.domain.steps.new_trigger import is_recovery
from topology.domain.steps.newcomer import newcomer
from topology.domain.steps.occasions import occasions_of
from topology.domain.steps.promotion_gate import opens_at
from topology.domain.steps.react import Reacted, react
from topology.domain.steps.review import decide_due, next_decision
from topology.domain.steps.row_changes import adopting, moved, named
from topology.domain.steps.score import rescore, score
from topology.domain.steps.situation import (
    HISTORY,
    POLICY,
    Situation,
    silence_of_clock,
    silence_of_event,
)
from topology.domain.steps.step import Step
from topology.domain.steps.transitions import may_move, transitions_of
from topology.domain.steps.wake import due_at, keeps_wake, next_wake, wake_at


def advance(
    state: State | None,
    event: Event | None,
    now: Instant,
    book: Rulebook,
    clock: Instant | None = None,
    adopted: Instant | None = None,
) -> Step:
    """Advance one customer by an event, or by the clock alone.

    While history of a customer comes in, the clock alone does not move the row: see `settling`.

    Args: state: the row, or None for a customer who is not known yet. event: what happened, or
    None: then the clock is walked to `now`. now: the worker's time, in microseconds. With an event
    it only says when the worker noticed. book: the compiled policy. clock: the partition's clock,
    which the row stores; None leaves it as it was. adopted: when this policy took effect, if the
    row was made by another; None is `now`. With an event it takes effect where the row stands: the
    caller has brought the row up to then.
    """
    if event is None:
        return _advance_clock(state, now, book, clock, adopted)
    at = event.at
    if state is None:
        state = newcomer(event.profile, at=at, book=book, is_user=bool(event.message.user_id))
    elif at < state.as_of:
        at = state.as_of
    wake = wake_at(state, book)
    seen = remember(state.seen, event.message_id, at)
    if seen is None:
        return Step(state, due_at(state, book), duplicate=True)
    walk = _Walk(now, book, state.clock if clock is None else clock)
    is_history = now - event.at > book.max_age or event.quiet_until is not None
    if state.settles_at is not None or state.quiet_until is not None:
        walk.goes_on_from(state, is_hurried=not is_history)
    if wake is not None and wake <= at:
        state = walk.until(state, at)
    history = absorb(state.history, event, at, book)
    if is_of(event, ACTION_DELIVERED) and is_recovery(event.properties.trigger_id, state.memory):
        history = recovered(history, event.at)
    if is_history:
        # Out of order it is unknown which rules had fired before.
        quiet_until = now if event.at < at else None
        walk.settles_at = later(walk.settles_at, now + book.settle_for)
        walk.quiet_until = later(later(walk.quiet_until, quiet_until), event.quiet_until)
    state = walk.settle(state, at, history, seen, event)
    due = state.wake_at if state.settles_at is None else state.settles_at
    return Step(state, due, walk.transitions, walk.triggers, walk.held)


def join(own: Keyed, other: Keyed, now: Instant, book: Rulebook, clock: Instant) -> Step:
    """Let the row of another name become part of a person's, at the later of their presents."""
    at = max(own.state.as_of, other.state.as_of)
    walk = _Walk(now, book, clock)
    walk.goes_on_from(own.state)
    own = Keyed(own.key, walk.until(own.state, at))
    merged = merge_rows(own, other, book)
    walk.goes_on_from(merged)
    given_up = NOTHING
    if walk.is_settling:
        walk.quiet_until = later(walk.quiet_until, now)
        given_up = merged.memory
        merged = replace(merged, remembered=pack_memory(release_holds(merged.memory, at, HISTORY)))
    first, known = first_order(merged.history), first_order(own.state.history)
    # Each row has examined the delays after its own first order as far as its clock had come.
    is_own = first is None or (known is not None and known.id == first.id)
    walk.examined = at if is_own else other.state.as_of
    after = walk.settle(merged, at, merged.history, merged.seen, cause=Cause.MERGE)
    walk.held += give_up_holds(given_up, Situation(after, now, None), book)
    return Step(after, due_at(after, book), walk.transitions, walk.triggers, walk.held)


def _advance_clock(
    state: State | None,
    now: Instant,
    book: Rulebook,
    clock: Instant | None,
    adopted: Instant | None,
) -> Step:
    if state is None:
        return Step(None, None)
    if clock is None:
        clock = state.clock
    if state.settles_at is not None:
        if now < state.settles_at:
            return Step(state, state.settles_at)
        # It goes on from where it stood, whatever policy made it.
        state, adopted = replace(state, settles_at=None), state.as_of
    wake = wake_at(state, book)
    if wake is None or wake > now:
        return Step(_at(now, clock, state), wake)
    adopted = now if adopted is None else adopted
    walk = _Walk(now, book, clock, quiet_until=state.quiet_until, adopted=adopted)
    state = walk.until(state, now)
    if state.quiet_until is not None and state.quiet_until < now:
        state = replace(state, quiet_until=None)
    return Step(state, state.wake_at, walk.transitions, walk.triggers, walk.held)


def _at(now: Instant, clock: Instant, state: State) -> State:
    """The row at an instant up to which it does not change; one that is further stays there."""
    if now <= state.as_of and clock == state.clock:
        return state
    return replace(state, as_of=max(now, state.as_of), clock=clock)


_MERGE: Final = Cause.MERGE  # Looked up once: it costs more than what is done with it.


class _Walk(Draft):
    """One row's way through time: collects its transitions and triggers."""

    now: Instant
    book: Rulebook
    clock: Instant
    is_settling: bool = False
    """True if the row's history is still coming in, and an event of now hurries its clock."""
    settles_at: Instant | None = None
    """The row has this from now on, and `quiet_until` likewise."""
    quiet_until: Instant | None = None
    adopted: Instant | None = None
    """When this policy took effect; None is at the beginning of the way."""
    transitions: tuple[Transition, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    held: tuple[HeldTrigger, ...] = ()
    examined: Instant | None = None
    """Delays that had ended by then were examined elsewhere."""

    def goes_on_from(self, state: State, *, is_hurried: bool = True) -> None:
        """Take over whether a row settles and until when it is quiet."""
        self.settles_at, self.quiet_until = state.settles_at, state.quiet_until
        self.is_settling = is_hurried and state.settles_at is not None

    def until(self, state: State, end: Instant) -> State:
        """Walk the clock up to and including `end`; a row that is further stays where it is."""
        if state.policy_version != self.book.version:
            at = self._adopts_at(state, end)
            state = named(state, self.book)
            state = self.settle(state, at, state.history, state.seen, cause=Cause.POLICY)
        while (wake := state.wake_at) is not None and wake <= end:
            if wake <= state.as_of:
                msg = f"the clock stands still at {wake}: wake_at must lie ahead"
                raise AssertionError(msg)
            state = self.settle(state, wake, state.history, state.seen, cause=Cause.CLOCK)
        return _at(end, self.clock, state)

    def _adopts_at(self, state: State, end: Instant) -> Instant:
        """When a row adopts another policy: where it stands, unless the clock had passed it by.

        The clock had passed it by if nothing was due until the policy took effect. It had not if
        the row settles, is ahead of the clock, or is a newcomer's whose first event was long ago.
        """
        if self.adopted is None or self.settles_at is not None:
            return state.as_of
        at = max(state.as_of, min(end, self.adopted))
        return at if state.wake_at is None or state.wake_at > at else state.as_of

    def settle(
        self,
        before: State,
        at: Instant,
        history: History,
        seen: bytes,
        event: Event | None = None,
        cause: Cause | None = None,
    ) -> State:
        """Score, classify and react at the instant `at`, with this history."""
        book = self.book
        if before.policy_version == book.version and cause is not _MERGE:
            scores = rescore(before.scores, before.history, history, at, book)
        else:
            scores = score(history, at, book)
        own = before if before.policy_version == book.version else adopting(before, book)
        after = replace(
            own,
            wake_at=None,
            as_of=at,
            settles_at=self.settles_at,
            clock=self.clock,
            scores=scores,
            history=history,
            seen=seen,
            quiet_until=self.quiet_until,
        )
        transitions: tuple[Transition, ...] = ()
        if scores is not before.scores or may_move(before, after, book):
            values = book.classifier.of(history, scores)
            if history.cases:
                values = with_care(values, history, at, book)
            if values != values_of(before):
                after = moved(after, values)
                transitions = transitions_of(before, after, self.now, event, cause, book)
                self.transitions += transitions
        occasions = occasions_of(before, after, transitions, event, book, self.examined)
        if event is not None and not (transitions or occasions) and keeps_wake(before, after, book):
            return replace(after, wake_at=before.wake_at)
        remembered, opens = before.remembered, NEVER
        if occasions or is_waiting(remembered):
            known = before.memory
            memory = self._react(after, known, occasions, event, cause)
            remembered = before.remembered if memory is known else pack_memory(memory)
            opens = next_decision(after, memory, book)
        return replace(
            after,
            wake_at=next_wake(after, book, opens),
            sequence=before.sequence + len(transitions),
            remembered=remembered,
        )

    def _react(
        self,
        after: State,
        memory: Memory,
        occasions: list[Occasion],
        event: Event | None,
        cause: Cause | None,
    ) -> Memory:
        """Decide what has come, the held promotions, and the releases whose turn it is."""
        book = self.book
        if occasions or opens_at(after, memory, book) <= after.as_of:
            situation = self._situation(after, event, cause)
            memory = self._keep(react(occasions, situation, memory, book))
        if memory.reviews:
            memory = self._keep(decide_due(after, memory, self.now, book))
        return memory

    def _keep(self, reacted: Reacted) -> Memory:
        self.triggers += reacted.triggers
        self.held += reacted.held
        return reacted.memory

    def _situation(self, after: State, event: Event | None, cause: Cause | None) -> Situation:
        """The situation that the rules read, and whether a trigger of it would be sent."""
        now, book = self.now, self.book
        if event is not None:
            silence = silence_of_event(event, now, book)
        elif cause is Cause.POLICY:
            silence = None if book.adoption_fires else POLICY
        else:
            silence = silence_of_clock(
                after.as_of, now, book, is_settling=self.is_settling, quiet_until=self.quiet_until
            )
        return Situation(after, now, event, silence, self.is_settling)
