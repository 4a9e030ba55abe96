"""Absorb: an event into the rolling facts.

`HANDLERS` names what each kind of event means beyond being a sign of life. The facts depend on
which events came, not on the order in which they came.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from schemas.messages.envelope import Message
from schemas.messages.shop import OrderCancelled, OrderCompleted, OrderRefunded, ProductReviewed
from schemas.messages.support import ComplaintFiled, ComplaintResolved
from topology.domain.event import Event
from topology.domain.instant import Instant
from topology.domain.money import to_minor
from topology.domain.orders import add_order, fold, take_back
from topology.domain.rulebook import Rulebook
from topology.domain.state import Case, Facts, Order, Resolution


def absorb(facts: Facts | None, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    """Return the facts with the event in them. `as_of` is the customer's present."""
    at = event.at
    if facts is None:
        facts = Facts(at, at, 1)
    else:
        facts = replace(
            facts,
            first_seen_at=min(at, facts.first_seen_at),
            last_seen_at=max(at, facts.last_seen_at),
            events=facts.events + 1,
        )
    handler = HANDLERS.get(type(event.message))
    return facts if handler is None else handler(facts, event, as_of, book)


def _order(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    properties = event.message.properties  # type: ignore[attr-defined]
    order = Order(event.at, properties.order_id, to_minor(properties.total, book.digits))
    return fold(add_order(facts, order), as_of - book.window)


def _refund(facts: Facts, event: Event, _as_of: Instant, book: Rulebook) -> Facts:
    properties = event.message.properties  # type: ignore[attr-defined]
    if properties.total is None:
        return take_back(facts, properties.order_id, 0, whole=True)
    part = to_minor(properties.total, book.digits)
    return take_back(facts, properties.order_id, part, whole=False)


def _cancellation(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    return take_back(facts, event.message.properties.order_id, 0, whole=True)  # type: ignore[attr-defined]


def _review(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    if event.message.properties.rating > book.bad_review:  # type: ignore[attr-defined]
        return facts
    return _with_case(facts, Case(event.at, event.message_id, None), as_of, book)


def _complaint(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    ticket = event.message.properties.ticket_id  # type: ignore[attr-defined]
    return _with_case(facts, Case(event.at, event.message_id, ticket), as_of, book)


def _with_case(facts: Facts, case: Case, as_of: Instant, book: Rulebook) -> Facts:
    cases = sorted((*facts.cases, case), key=lambda each: (each.opened_at, each.message_id))
    return _without_run_out(replace(facts, cases=tuple(cases)), as_of, book)


def _resolution(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    resolution = Resolution(event.at, event.message.properties.ticket_id)  # type: ignore[attr-defined]
    resolutions = sorted(
        {*facts.resolutions, resolution}, key=lambda each: (each.at, each.ticket_id or "")
    )
    return _without_run_out(replace(facts, resolutions=tuple(resolutions)), as_of, book)


def _without_run_out(facts: Facts, as_of: Instant, book: Rulebook) -> Facts:
    """Forget what can't matter any more: a case that old is over, resolved or not."""
    since = as_of - book.open_for
    return replace(
        facts,
        cases=tuple(case for case in facts.cases if case.opened_at > since),
        resolutions=tuple(each for each in facts.resolutions if each.at > since),
    )


Handler = Callable[[Facts, Event, Instant, Rulebook], Facts]

HANDLERS: Final[Mapping[type[Message], Handler]] = MappingProxyType(
    {
        OrderCompleted: _order,
        OrderRefunded: _refund,
        OrderCancelled: _cancellation,
        ProductReviewed: _review,
        ComplaintFiled: _complaint,
        ComplaintResolved: _resolution,
    }
)
