"""Refunds of one order: added up, and each with an id once.

A refund that has an id is kept by itself, under a hash of it, so that it counts once, however often
and under whichever name it comes. One without an id is added to the sums.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NamedTuple

from topology.domain.history.exchange import Exchange
from topology.domain.history.foreign import (
    Part,
    Parts,
    add_parts,
    as_held_order,
    as_refunded,
    needed_parts,
    packed_parts,
    parts_in,
    parts_of_refund,
)
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import NOTHING_MORE, Edit, NamedRefund, Order
from topology.domain.history.record import replace
from topology.domain.history.state import History, Refund

MOST_NAMED: Final = 5
"""How many refunds of an order are known again by their ids. The others, those whose hashes come
last, count like refunds without an id: so it does not matter which came first."""

_HASH: Final = 8


class TakenBack(NamedTuple):
    """What was taken back of an order."""

    parts: Parts
    """What was refunded in parts, without an id."""
    named: tuple[NamedRefund, ...] = ()
    """What was refunded in parts, with one."""
    whole: bool = False

    @property
    def all_parts(self) -> Parts:
        """What was refunded in parts, with an id or without."""
        return _with_named(self.parts, self.named) if self.named else self.parts


WHOLE: Final = TakenBack({}, (), whole=True)


def refund_of_message(
    total: float | None, currency: str | None, refund_id: str | None
) -> TakenBack:
    """What a refund takes back: without a total all of the order."""
    if total is None:
        return WHOLE
    if refund_id is None:
        return TakenBack(parts_of_refund(total, currency))
    name = blake2b(refund_id.encode(), digest_size=_HASH).digest()
    code = None if currency is None else currency.upper()
    return TakenBack({}, (NamedRefund(name, total, code),))


def taken_back_of(known: Order | Refund, own: str) -> TakenBack:
    """What a row knows to be taken back. What has no currency there is in the policy's, `own`."""
    if isinstance(known, Refund):
        return TakenBack(parts_in(known.refunded, own), known.named, known.whole)
    more = known.more
    if more is None or not more.named:
        return TakenBack(parts_in(known.refunded, own), (), known.whole)
    return TakenBack(parts_in(more.nameless, own), more.named, known.whole)


def add_taken_back(one: TakenBack, other: TakenBack) -> TakenBack:
    """Both: a refund that both know counts once. Of two totals under one id the larger counts."""
    parts, whole = add_parts(one.parts, other.parts), one.whole or other.whole
    if not one.named and not other.named:
        return TakenBack(parts, (), whole)
    known: dict[bytes, NamedRefund] = {}
    for each in (*one.named, *other.named):
        known[each.name] = max(known.get(each.name, each), each, key=_size)
    named = tuple(known[name] for name in sorted(known))
    return TakenBack(_with_named(parts, named[MOST_NAMED:]), named[:MOST_NAMED], whole)


def with_taken_back(order: Order, back: TakenBack, exchange: Exchange) -> Order:
    """Return the order with that taken back, and nothing else."""
    refunded = as_refunded(order.foreign, order.total, order.at, back.all_parts, exchange)
    more = order.more
    if back.named or more is not None:
        nameless = _nameless(order, back.parts, exchange) if back.named else ()
        more = replace(more or NOTHING_MORE, named=back.named, nameless=nameless)
        more = None if more == NOTHING_MORE else more
    return replace(order, refunded=refunded, whole=back.whole, more=more)


def _nameless(order: Order, parts: Parts, exchange: Exchange) -> tuple[Part, ...]:
    needed = needed_parts(parts, exchange) if order.foreign is None else parts
    return packed_parts(needed)


def waiting_refund(
    order_id: str, back: TakenBack, at: Instant, exchange: Exchange, edit: Edit | None = None
) -> Refund:
    """What is kept of refunds, and of an edit, whose order has not been heard of."""
    parts = as_held_order(back.parts, exchange)
    return Refund(
        order_id=order_id,
        refunded=parts,
        whole=back.whole,
        at=at,
        named=back.named,
        edit=edit,
    )


def unmatched_refunds(history: History) -> tuple[Refund, ...]:
    """The refunds of unknown orders. An entry that has only an edit is none."""
    return tuple(
        each for each in history.refunds if each.whole or each.refunded is not None or each.named
    )


def _with_named(parts: Parts, named: Iterable[NamedRefund]) -> Parts:
    for each in named:
        parts = add_parts(parts, parts_of_refund(each.total, each.currency))
    return parts


def _size(refund: NamedRefund) -> tuple[float, str]:
    return refund.total, refund.currency or ""
