"""Advance: the heart of Stammkunde, one pure function.

Absence is an event: before anything is absorbed, the clock is walked to the event's time, through
every instant at which the row changes because nothing happened. So a backfill gives the same
history as the live stream would have given.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from schemas.messages import names
from schemas.transition import Cause, Dimension, FactSheet, Transition
from schemas.trigger import Trigger
from topology.domain.absorb import absorb
from topology.domain.classify import classify
from topology.domain.emitted import NewFactsBeforeAndAfter, NewFactSheet, NewTransition
from topology.domain.event import Event
from topology.domain.instant import Instant, to_datetime
from topology.domain.merge import Keyed, merge_rows
from topology.domain.names import USER
from topology.domain.orders import first_order
from topology.domain.react import occasions_of, react
from topology.domain.rulebook import Rulebook
from topology.domain.score import rescore, score
from topology.domain.seen import remember
from topology.domain.situation import Situation
from topology.domain.state import ROW_VERSION, Facts, Memory, Sheet, State
from topology.domain.step import Step
from topology.domain.wake import next_wake, wake_at

_TAKEN_BACK: Final = (names.ORDER_REFUNDED, names.ORDER_CANCELLED)


def advance(
    state: State | None,
    event: Event | None,
    now: Instant,
    book: Rulebook,
    clock: Instant | None = None,
) -> Step:
    """Advance one customer by an event, or by the clock alone.

    Args:
        state: the row, or None for a customer who is not known yet.
        event: what happened, or None: then the clock is walked to `now`.
        now: the worker's time, in microseconds. With an event it only says when the worker noticed.
        book: the compiled policy.
        clock: the partition's clock, to be noted in the row; None leaves the note as it is.
    """
    if event is None:
        return _advance_clock(state, now, book, clock)
    if clock is None:
        clock = 0 if state is None else state.clock
    walk = _Walk(now, book, clock)
    if state is not None:
        seen = remember(state.seen, event.message_id, max(state.as_of, event.at))
        if seen is None:
            return Step(state, wake_at(state, book), duplicate=True)
        wake = wake_at(state, book)
        if wake is not None and wake <= event.at:
            state = walk.until(state, event.at)
        at = max(state.as_of, event.at)
    else:
        seen = remember(b"", event.message_id, event.at) or b""
        state = _newcomer(event, book)
        at = event.at
    facts = absorb(state.facts, event, at, book)
    state = walk.settle(state, at, facts, seen, event)
    return Step(state, state.wake_at, walk.transitions, walk.triggers)


def join(own: Keyed, other: Keyed, now: Instant, book: Rulebook, clock: Instant) -> Step:
    """Let the row of another name become part of a person's, at the later of their presents."""
    walk = _Walk(now, book, clock)
    at = max(own.state.as_of, other.state.as_of)
    own = Keyed(own.key, walk.until(own.state, at))
    merged = merge_rows(own, other)
    first, known = first_order(merged.facts), first_order(own.state.facts)
    # Each row has judged the delays after its own first order as far as its clock had come.
    is_own = first is None or (known is not None and known.id == first.id)
    walk.judged = at if is_own else other.state.as_of
    after = walk.settle(merged, at, merged.facts, merged.seen, None, Cause.MERGE)
    return Step(after, after.wake_at, walk.transitions, walk.triggers)


def _advance_clock(
    state: State | None, now: Instant, book: Rulebook, clock: Instant | None
) -> Step:
    if state is None:
        return Step(None, None)
    if clock is None:
        clock = state.clock
    wake = wake_at(state, book)
    if wake is None or wake > now:
        return Step(_at(now, clock, state), wake)
    walk = _Walk(now, book, clock)
    state = walk.until(state, now)
    return Step(state, state.wake_at, walk.transitions, walk.triggers)


def _at(now: Instant, clock: Instant, state: State) -> State:
    """The row at an instant up to which it does not change; one that is further stays there."""
    if now <= state.as_of and clock == state.clock:
        return state
    return replace(state, as_of=max(now, state.as_of), clock=clock)


def _newcomer(event: Event, book: Rulebook) -> State:
    nothing = Facts(event.at, event.at)
    return State(
        version=ROW_VERSION,
        policy_version=book.version,
        wake_at=None,
        customer_id=event.profile,
        as_of=event.at,
        clock=0,
        segment=book.without_orders,
        sequence=0,
        sheet=score(nothing, event.at, book),
        facts=nothing,
        memory=Memory(),
        seen=b"",
        names=USER if event.message.user_id else None,
    )


class _Walk(Struct, gc=False):
    """One row's way through time: collects what comes out."""

    now: Instant
    book: Rulebook
    clock: Instant
    transitions: tuple[Transition, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    judged: Instant | None = None
    """Delays that had ended by then were looked at elsewhere."""

    def until(self, state: State, end: Instant) -> State:
        """Walk the clock up to and including `end`; a row that is further stays where it is."""
        if state.policy_version != self.book.version:
            at = max(state.as_of, end)
            state = self.settle(state, at, state.facts, state.seen, None, Cause.POLICY)
        while (wake := state.wake_at) is not None and wake <= end:
            if wake <= state.as_of:
                msg = f"the clock stands still at {wake}: wake_at must lie ahead"
                raise AssertionError(msg)
            state = self.settle(state, wake, state.facts, state.seen, None, Cause.CLOCK)
        return _at(end, self.clock, state)

    def settle(
        self,
        before: State,
        at: Instant,
        facts: Facts,
        seen: bytes,
        event: Event | None,
        cause: Cause | None = None,
    ) -> State:
        """Score, classify and react at the instant `at`, with these facts."""
        book = self.book
        if before.policy_version == book.version and cause is not Cause.MERGE:
            sheet = rescore(before.sheet, before.facts, facts, at, book)
        else:
            sheet = score(facts, at, book)
        segment = classify(sheet, book)
        moved: Transition | None = None
        if segment != before.segment:
            moved = self._transition(before, segment, sheet, at, event, cause)
            self.transitions += (moved,)
        after = State(
            ROW_VERSION,
            book.version,
            next_wake(facts, sheet, at, book),
            before.customer_id,
            at,
            self.clock,
            segment,
            before.sequence if moved is None else moved.sequence,
            sheet,
            facts,
            before.memory,
            seen,
            before.names,
        )
        occasions = occasions_of(before, after, moved, event, book, self.judged)
        if not occasions:
            return after
        memory, triggers = react(occasions, Situation(after, self.now, moved, event), book)
        self.triggers += triggers
        return replace(after, memory=memory)

    def _transition(
        self,
        state: State,
        segment: str,
        sheet: Sheet,
        at: Instant,
        event: Event | None,
        cause: Cause | None,
    ) -> Transition:
        if cause is None:
            taken_back = event is not None and event.name in _TAKEN_BACK
            cause = Cause.REFUND if taken_back else Cause.EVENT
        return NewTransition(
            customer_id=state.customer_id,
            dimension=Dimension.SEGMENT,
            from_value=state.segment,
            to_value=segment,
            cause=cause,
            cause_message_id=None if event is None else event.message_id,
            effective_at=to_datetime(at),
            observed_at=to_datetime(self.now),
            sequence=state.sequence + 1,
            facts=NewFactsBeforeAndAfter(
                before=fact_sheet(state.sheet, self.book.currency),
                after=fact_sheet(sheet, self.book.currency),
            ),
            policy_version=self.book.version,
        )


def fact_sheet(sheet: Sheet, currency: str) -> FactSheet:
    """The figures as the contracts show them."""
    last = sheet.last_order_at
    return NewFactSheet(
        last_order_at=None if last is None else to_datetime(last),
        orders_in_window=sheet.orders_in_window,
        revenue_in_window=sheet.revenue_in_window,
        currency=currency,
        recency_score=sheet.recency,
        frequency_score=sheet.frequency,
        monetary_score=sheet.monetary,
    )
