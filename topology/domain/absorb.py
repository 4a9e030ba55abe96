"""Absorb: an event into the rolling facts.

`HANDLERS` names what each kind of event means beyond being a sign of life. The facts depend on
which events came, not on the order in which they came.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from schemas.messages import names
from topology.domain.event import Event
from topology.domain.instant import Instant
from topology.domain.ledger import Order
from topology.domain.money import to_minor
from topology.domain.orders import add_order, fold, take_back
from topology.domain.rulebook import Rulebook
from topology.domain.state import Case, Facts, Resolution


def absorb(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    """Return the facts with the event in them. `as_of` is the customer's present."""
    at = event.at
    facts = Facts(
        min(facts.first_seen_at, at),
        max(facts.last_seen_at, at),
        facts.events + 1,
        facts.ledger,
        facts.past,
        facts.refunds,
        facts.cases,
        facts.resolutions,
    )
    handler = HANDLERS.get(event.name)
    if handler is not None:
        facts = handler(facts, event, as_of, book)
    if facts.cases or facts.resolutions:
        facts = _without_run_out(facts, as_of, book)
    return facts


def _order(facts: Facts, event: Event, as_of: Instant, book: Rulebook) -> Facts:
    properties = event.properties
    order = Order(event.at, properties.order_id, to_minor(properties.total, book.digits))
    return fold(add_order(facts, order), as_of - book.window)


def _refund(facts: Facts, event: Event, _as_of: Instant, book: Rulebook) -> Facts:
    properties = event.properties
    total = properties.total
    part = None if total is None else to_minor(total, book.digits)
    return take_back(facts, properties.order_id, part)


def _cancellation(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    return take_back(facts, event.properties.order_id, None)


def _review(facts: Facts, event: Event, _as_of: Instant, book: Rulebook) -> Facts:
    if event.properties.rating > book.bad_review:
        return facts
    return _with_case(facts, Case(event.at, event.message_id, None))


def _complaint(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    ticket = event.properties.ticket_id
    return _with_case(facts, Case(event.at, event.message_id, ticket))


def _with_case(facts: Facts, case: Case) -> Facts:
    cases = sorted((*facts.cases, case), key=lambda each: (each.opened_at, each.message_id))
    return replace(facts, cases=tuple(cases))


def _resolution(facts: Facts, event: Event, _as_of: Instant, _book: Rulebook) -> Facts:
    resolution = Resolution(event.at, event.properties.ticket_id)
    resolutions = sorted(
        {*facts.resolutions, resolution}, key=lambda each: (each.at, each.ticket_id or "")
    )
    return replace(facts, resolutions=tuple(resolutions))


def _without_run_out(facts: Facts, as_of: Instant, book: Rulebook) -> Facts:
    """Forget what can't matter any more: a case that old is over, resolved or not."""
    since = as_of - book.open_for
    return replace(
        facts,
        cases=tuple(case for case in facts.cases if case.opened_at > since),
        resolutions=tuple(each for each in facts.resolutions if each.at > since),
    )


Handler = Callable[[Facts, Event, Instant, Rulebook], Facts]

HANDLERS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        names.ORDER_COMPLETED: _order,
        names.ORDER_REFUNDED: _refund,
        names.ORDER_CANCELLED: _cancellation,
        names.PRODUCT_REVIEWED: _review,
        names.COMPLAINT_FILED: _complaint,
        names.COMPLAINT_RESOLVED: _resolution,
    }
)
