"""Merge: two rows of one person into one. Pure, and it does not matter which comes first.

The history becomes that of one profile that had the events of both. Sums (events, parts of refunds,
how often a rule fired) must be merged once only: the journey ensures that.
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.messages.traits import KeptNames
from topology.domain.history.attempts import merge_attempts
from topology.domain.history.day_sums import merge_past
from topology.domain.history.edits import later_edit, meet, with_early_refund
from topology.domain.history.exchange import Exchange
from topology.domain.history.instant import later
from topology.domain.history.ledger import Order, pack
from topology.domain.history.memory import (
    KEPT_FIRED,
    KEPT_HELD,
    Fired,
    Hold,
    Memory,
    latest_holds,
    pack_memory,
)
from topology.domain.history.names import USER, customer_id, in_short, merge_names
from topology.domain.history.orders import fold, that_wait
from topology.domain.history.person import Person, merge_persons
from topology.domain.history.record import replace
from topology.domain.history.refunds import TakenBack, add_taken_back, taken_back_of, waiting_refund
from topology.domain.history.seen import merge_seen
from topology.domain.history.state import MERGED, History, Refund, State, with_person
from topology.domain.history.suppression import Suppression, later_word
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps.cases import with_cases
from topology.domain.steps.promotion_gate import KEPT_PROMOTED
from topology.domain.steps.react import KEPT_RECOVERIES
from topology.domain.steps.review import merge_reviews


class Keyed(NamedTuple):
    """A row and its key."""

    key: str
    state: State


def merge_rows(own: Keyed, another: Keyed, book: Rulebook) -> State:
    """Return the row with the history of both; scores and dimensions are not settled yet."""
    state, other = own.state, another.state
    names = merge_names(own.key, state.names, another.key, other.names)
    return replace(
        state,
        customer_id=customer_id(own.key, names),
        sequence=max(state.sequence, other.sequence),
        history=merge_history(state.history, other.history, book),
        remembered=pack_memory(merge_memory(_signed(state), _signed(other))),
        seen=merge_seen(state.seen, other.seen),
        known_by=in_short(names),
        settles_at=later(state.settles_at, other.settles_at),
        quiet_until=later(state.quiet_until, other.quiet_until),
    )


def as_row_of(key: str, other: Keyed) -> State:
    """Return the other row as that of a user who has none."""
    names = merge_names(key, USER, other.key, other.state.names)
    return replace(
        other.state,
        customer_id=customer_id(key, names),
        remembered=pack_memory(_signed(other.state)),
        known_by=in_short(names),
    )


def with_word(state: State, word: Suppression | None) -> State:
    """Return the row with another suppression, if that one counts."""
    person = state.history.person
    word = later_word(person.suppression, word)
    if word == person.suppression:
        return state
    history = with_person(state.history, replace(person, suppression=word))
    return replace(state, history=history)


def _signed(state: State) -> Memory:
    """Return the memory with each hold under the name under which it began.

    Each name has its own history, so the id of the trigger must be that name's: else two firings
    of a rule, at the same numbers of two histories, would have one id.
    """
    memory = state.memory
    if not memory.holds:
        return memory
    signed = (replace(each, by=each.by or state.customer_id) for each in memory.holds)
    return replace(memory, holds=tuple(signed))


def merge_history(one: History, other: History, book: Rulebook) -> History:
    """Return the history of both."""
    orders, refunds = _meet(
        _merge_orders(one.orders, other.orders, book.exchange),
        _merge_refunds(one.refunds, other.refunds, book.exchange),
        book.exchange,
    )
    each_alone = {
        name: merge(getattr(one, name), getattr(other, name)) for name, merge in MERGED.items()
    }
    merged = replace(
        one,
        ledger=pack(orders),
        past=merge_past(one.past, other.past),
        refunds=refunds,
        attempts=merge_attempts(one.attempts, other.attempts, each_alone["acted_at"]),
        known_person=_merge_known_persons(one.known_person, other.known_person, book.kept),
        **each_alone,
    )
    merged = with_cases(merged, (*one.cases, *other.cases), (*one.resolutions, *other.resolutions))
    return fold(merged, book.window)


def _merge_known_persons(
    one: Person | None, other: Person | None, kept: KeptNames
) -> Person | None:
    if one is None or other is None:
        return one or other
    return merge_persons(one, other, kept)


def merge_memory(one: Memory, other: Memory) -> Memory:
    """Return what the rules remember: the latest firing of each, and how often it fired in all."""
    fired: dict[str, Fired] = {}
    for each in (*one.fired, *other.fired):
        known = fired.get(each.rule)
        if known is not None:
            times = known.times + each.times
            fired[each.rule] = Fired(each.rule, max(known.at, each.at), times)
        else:
            fired[each.rule] = each
    held = sorted((*one.held, *other.held), key=lambda each: (each.at, each.rule, each.reason))
    return replace(
        one,
        fired=tuple(sorted(fired.values(), key=lambda each: (each.at, each.rule))[-KEPT_FIRED:]),
        held_count=one.held_count + other.held_count,
        held=tuple(held[-KEPT_HELD:]),
        holds=_merge_holds(one.holds, other.holds, fired),
        promoted=tuple(sorted((*one.promoted, *other.promoted))[-KEPT_PROMOTED:]),
        reviews=merge_reviews(one.reviews, other.reviews),
        recoveries=tuple(
            sorted({*one.recoveries, *other.recoveries}, key=lambda each: (each.at, each.trigger))[
                -KEPT_RECOVERIES:
            ]
        ),
    )


def _merge_holds(
    one: tuple[Hold, ...], other: tuple[Hold, ...], fired: dict[str, Fired]
) -> tuple[Hold, ...]:
    """Keep of each rule the latest hold, unless the rule fired then or later for the other row."""
    kept: dict[str, Hold] = {}
    for each in sorted((*one, *other), key=lambda each: (each.since, each.at, each.basis, each.by)):
        if each.rule not in fired or fired[each.rule].at < each.since:
            kept[each.rule] = each
    return latest_holds(kept.values())


def _merge_orders(
    one: Iterable[Order], other: Iterable[Order], exchange: Exchange
) -> dict[str, Order]:
    """Of two messages about one order the one that `add_order` would let count."""
    orders: dict[str, Order] = {}
    for order in (*one, *other):
        known = orders.get(order.id)
        if known is not None:
            orders[order.id] = meet(known, order, exchange)
        else:
            orders[order.id] = order
    return orders


def _merge_refunds(
    one: Iterable[Refund], other: Iterable[Refund], exchange: Exchange
) -> dict[str, Refund]:
    refunds: dict[str, Refund] = {}
    for refund in (*one, *other):
        known = refunds.get(refund.order_id)
        if known is not None:
            at, edit = max(known.at, refund.at), later_edit(known.edit, refund.edit)
            back = _both(known, refund, exchange.currency)
            refunds[refund.order_id] = waiting_refund(refund.order_id, back, at, exchange, edit)
        else:
            refunds[refund.order_id] = refund
    return refunds


def _meet(
    orders: dict[str, Order], refunds: dict[str, Refund], exchange: Exchange
) -> tuple[tuple[Order, ...], tuple[Refund, ...]]:
    """Match orders of one row with refunds of the other."""
    for order_id in orders.keys() & refunds.keys():
        order, refund = orders[order_id], refunds.pop(order_id)
        orders[order_id] = with_early_refund(order, refund, exchange)
    in_time = sorted(orders.values(), key=lambda each: (each.at, each.id))
    return tuple(in_time), that_wait(refunds.values())


def _both(one: Refund, other: Refund, own: str) -> TakenBack:
    """The refunds that two rows have of an order that neither has."""
    return add_taken_back(taken_back_of(one, own), taken_back_of(other, own))
