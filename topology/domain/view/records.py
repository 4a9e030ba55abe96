"""Records: all of a row that the view does not show, for the customer to read."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.contract import UtcDatetime
from schemas.currency import minor_digits
from schemas.customer_export import (
    CaseKind,
    CustomerRecords,
    ExportedCase,
    ExportedFollow,
    ExportedMoney,
    ExportedOrder,
    ExportedRefund,
    ExportedResolution,
    ExportedReview,
    ExportedSuppression,
    ExportedTrait,
    ExportedWord,
    FoldedDay,
    FoldedOrders,
    OnlyHashes,
)
from topology.domain.history.channels import CHANNELS
from topology.domain.history.day_sums import read_days
from topology.domain.history.edits import edit_of
from topology.domain.history.foreign import Part, packed_parts, viewed_parts
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.history.ledger import Order
from topology.domain.history.memory import Review
from topology.domain.history.money import in_major_units
from topology.domain.history.person import Word
from topology.domain.history.refunds import taken_back_of
from topology.domain.history.research import count_things
from topology.domain.history.seen import count_ids
from topology.domain.history.state import (
    COMPLAINT,
    MENTION,
    REVIEW,
    SURVEY,
    History,
    Past,
    Refund,
    State,
)
from topology.domain.history.suppression import Suppression

_KINDS: Final[Mapping[int, CaseKind]] = MappingProxyType(
    {COMPLAINT: "complaint", REVIEW: "review", SURVEY: "survey", MENTION: "mention"}
)


def records_of(state: State) -> CustomerRecords:
    """Return the records of a row, in the words of the contract."""
    history, person, memory = state.history, state.history.person, state.memory
    return CustomerRecords(
        orders=tuple(map(_order, history.orders)),
        folded_orders=None if history.past is None else _folded(history.past),
        refunds=tuple(_refund(each, state.currency) for each in history.refunds),
        cases=tuple(
            ExportedCase(
                kind=_KINDS[each.kind],
                opened_at=to_datetime(each.opened_at),
                message_id=each.message_id,
                ticket_id=each.ticket_id,
            )
            for each in history.cases
        ),
        resolutions=tuple(
            ExportedResolution(
                at=to_datetime(each.at), ticket_id=each.ticket_id, delivered=each.delivered
            )
            for each in history.resolutions
        ),
        bought_over=tuple(
            name for code, name in CHANNELS.items() if history.bought_over >> code & 1
        ),
        acted_at=_datetime(history.acted_at),
        looked_at=_datetime(history.looked_at),
        shared_at=_datetime(history.shared_at),
        attempts=_datetimes(history.attempts),
        promotions=_datetimes(memory.promoted),
        recoveries=_datetimes(each.at for each in memory.recoveries),
        reviews=tuple(map(_review, memory.reviews)),
        newsletter=_word(person.newsletter),
        suppression=_suppression(person.suppression),
        follows=tuple(
            ExportedFollow(
                network=CHANNELS[each.channel],
                at=to_datetime(each.word.at),
                following=not each.word.no,
            )
            for each in person.follows
        ),
        engaged=person.engaged,
        traits=tuple(
            ExportedTrait(name=each.name, value=each.value, at=to_datetime(each.at))
            for each in person.traits
        ),
        only_hashes=OnlyHashes(
            message_ids=count_ids(state.seen),
            things_looked_at=count_things(history.looks),
            things_bought=count_things(history.buys),
            refunds=_count_refund_ids(history),
        ),
    )


def _count_refund_ids(history: History) -> int:
    more = (order.more for order in history.orders)
    known = sum(len(each.named) for each in more if each is not None)
    return known + sum(len(each.named) for each in history.refunds)


def _order(order: Order) -> ExportedOrder:
    foreign, edit = order.foreign, edit_of(order)
    return ExportedOrder(
        order_id=order.id,
        at=to_datetime(order.at),
        channel=CHANNELS[order.channel],
        total=order.total,
        refunded=order.taken or 0,
        original=None if foreign is None else _money(Part(foreign.currency, foreign.total)),
        refunds=tuple(_money(part) for part in viewed_parts(order.refunded)),
        taken_back=order.whole,
        edited_at=None if edit is None else to_datetime(edit.at),
    )


def _refund(refund: Refund, own: str) -> ExportedRefund:
    parts = taken_back_of(refund, own).all_parts
    others = (part for part in viewed_parts(packed_parts(parts)) if part.currency != own)
    return ExportedRefund(
        order_id=refund.order_id,
        refunded=parts.get(own, 0),
        refunds=tuple(map(_money, others)),
        taken_back=refund.whole,
        edited_at=None if refund.edit is None else to_datetime(refund.edit.at),
        at=_datetime(refund.at or None),
    )


def _money(part: Part) -> ExportedMoney:
    """An amount in words."""
    name, amount = part.currency, part.amount
    if not name.isalpha():  # The digits of a currency that is not known.
        text = in_major_units(amount, int(name)).rstrip("0").rstrip(".")
        return ExportedMoney(currency=None, amount=text)
    return ExportedMoney(currency=name, amount=in_major_units(amount, minor_digits(name)))


def _folded(past: Past) -> FoldedOrders:
    return FoldedOrders(
        orders=past.orders,
        revenue=past.revenue,
        first_at=to_datetime(past.first_at),
        last_at=to_datetime(past.last_at),
        days=tuple(
            FoldedDay(
                day=to_datetime(each.began_at).date(), orders=each.orders, revenue=each.revenue
            )
            for each in read_days(past.days)
        ),
    )


def _review(review: Review) -> ExportedReview:
    release = review.release
    return ExportedReview(
        trigger=review.trigger.hex(),
        expires_at=to_datetime(review.expires_at),
        not_before=None if release is None else to_datetime(release.not_before),
    )


def _word(word: Word | None) -> ExportedWord | None:
    return None if word is None else ExportedWord(at=to_datetime(word.at), yes=not word.no)


def _suppression(word: Suppression | None) -> ExportedSuppression | None:
    if word is None:
        return None
    return ExportedSuppression(
        at=to_datetime(word.at), suppressed=not word.lifted, reason=word.reason
    )


def _datetime(at: Instant | None) -> UtcDatetime | None:
    return None if at is None else to_datetime(at)


def _datetimes(instants: Iterable[Instant]) -> tuple[UtcDatetime, ...]:
    return tuple(map(to_datetime, instants))
