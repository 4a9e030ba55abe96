"""Moved: from one row to the next, as transitions of its dimensions."""

from collections.abc import Iterator
from typing import Final

from schemas.messages import names
from schemas.transition import Cause, Dimension, FactSheet, Transition
from topology.domain.facts.event import Event
from topology.domain.facts.instant import Instant, to_datetime
from topology.domain.facts.state import Sheet, State
from topology.domain.policy.emitted import NewFactsBeforeAndAfter, NewFactSheet, NewTransition
from topology.domain.policy.rulebook import Rulebook

_TAKEN_BACK: Final = (names.ORDER_REFUNDED, names.ORDER_CANCELLED)


def transitions_of(
    before: State,
    after: State,
    now: Instant,
    event: Event | None,
    cause: Cause | None,
    book: Rulebook,
) -> tuple[Transition, ...]:
    """Return a transition for each dimension that changed: segment, stage, tier, care.

    Args:
        before: the row before the change.
        after: the row after it.
        now: when it was noticed.
        event: what changed it, if an event did.
        cause: why it changed; None says that it follows from the event.
        book: the compiled policy.
    """
    if cause is None:
        taken_back = event is not None and event.name in _TAKEN_BACK
        cause = Cause.REFUND if taken_back else Cause.EVENT
    facts = NewFactsBeforeAndAfter(
        before=fact_sheet(before.sheet, book.currency), after=fact_sheet(after.sheet, book.currency)
    )
    return tuple(
        NewTransition(
            customer_id=after.customer_id,
            dimension=dimension,
            from_value=left,
            to_value=entered,
            cause=cause,
            cause_message_id=None if event is None else event.message_id,
            effective_at=to_datetime(after.as_of),
            observed_at=to_datetime(now),
            sequence=sequence,
            facts=facts,
            policy_version=book.version,
        )
        for sequence, (dimension, left, entered) in enumerate(
            _changes(before, after), start=before.sequence + 1
        )
    )


def _changes(before: State, after: State) -> Iterator[tuple[Dimension, str, str]]:
    if before.segment != after.segment:
        yield Dimension.SEGMENT, before.segment, after.segment
    if before.stage != after.stage:
        yield Dimension.STAGE, before.stage, after.stage
    if before.tier != after.tier:
        yield Dimension.TIER, before.tier, after.tier
    if before.care != after.care:
        yield Dimension.CARE, before.care, after.care


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
