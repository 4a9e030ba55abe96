"""Absorb an event into a customer's history.

`HANDLERS` has the handler of each event of the catalogue. The history depends on which events came,
not on their order.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from schemas.messages import catalogue
from schemas.messages.catalogue import OWN_ACTS, TOUCHPOINT_CODES, EventType
from schemas.messages.shop import (
    CancelProperties,
    CouponProperties,
    OrderProperties,
    Product,
    RefundProperties,
    RetentionActionProperties,
)
from schemas.messages.social import SocialProperties
from topology.domain.history.attempts import unanswered, with_attempt
from topology.domain.history.channels import is_online
from topology.domain.history.consent import with_consent
from topology.domain.history.contacts import add_contact
from topology.domain.history.event import Event, P, word_at
from topology.domain.history.instant import DAY, Instant
from topology.domain.history.ledger import Order
from topology.domain.history.money import to_minor
from topology.domain.history.orders import add_order, order_of_message, take_back
from topology.domain.history.person import Follow, Word, later, with_follow, with_traits
from topology.domain.history.record import replace
from topology.domain.history.refunds import WHOLE, refund_of_message
from topology.domain.history.research import remember
from topology.domain.history.shared_id import shared_at
from topology.domain.history.state import History, Resolution, with_person
from topology.domain.history.suppression import SuppressionEvent, later_word, suppression_in
from topology.domain.history.touchpoints import add_touchpoint, nth_latest_at
from topology.domain.policy.rulebook import Rulebook
from topology.domain.steps import cases, edits


def absorb(history: History, event: Event, as_of: Instant, book: Rulebook) -> History:
    """Return the history with the event in it. `as_of` is the customer's present."""
    history = _met(history, event)
    handler = HANDLERS[event.name]
    if handler is not None:
        history = handler(history, event, as_of, book)
    if history.cases or history.resolutions:
        history = cases.without_run_out(history, as_of, book)
    return history


def _met(history: History, event: Event) -> History:
    """The history after any event: the customer was met, at a time and on a channel."""
    at, code = event.at, TOUCHPOINT_CODES.get(event.name)
    first, last = history.first_seen_at, history.last_seen_at
    acted_at, attempts = history.acted_at, history.attempts
    touches, contacts = history.touches, history.contacts
    if code is not None:
        touches = add_touchpoint(touches, at, code, event.channel)
        contacts = add_contact(contacts, at, event.channel)
        if (acted_at is None or acted_at < at) and event.name in OWN_ACTS:
            acted_at = at
            attempts = unanswered(attempts, at) if attempts else attempts
    return replace(
        history,
        first_seen_at=first if first <= at else at,
        last_seen_at=last if at <= last else at,
        events=history.events + 1,
        acted_at=acted_at,
        attempts=attempts,
        touches=touches,
        contacts=contacts,
    )


def _order(
    history: History, event: Event[OrderProperties], _as_of: Instant, book: Rulebook
) -> History:
    properties, channel = event.properties, event.channel
    total, order_id, currency = properties.total, properties.order_id, properties.currency
    if currency is None or currency == book.currency:
        order = Order(event.at, order_id, to_minor(total, book.digits), channel=channel)
    else:
        order = order_of_message(
            event.at, order_id, total, currency.upper(), channel, book.exchange
        )
    before, known = history, history.ledger
    history = add_order(history, order, book.exchange, book.window)
    if history.ledger.count > book.most_orders_per_day and history.ledger is not known:
        history = _note_shared(history, event, book)
    products: Iterable[Product] = properties.products
    if products and history.ledger.count <= known.count:
        history, products = edits.products_of_repeated(before, history, event)
    if history.bought_over >> channel & 1 and not products:
        return history
    return replace(
        history,
        bought_over=history.bought_over | 1 << channel,
        buys=remember(history.buys, event.at, is_online(channel), products),
    )


def _note_shared(history: History, event: Event[OrderProperties], book: Rulebook) -> History:
    """Note if there are more orders within a day than one person makes."""
    at_most, newest = int(book.most_orders_per_day), history.ledger.newest
    if newest is not None and newest.at == event.at:
        # Each of the orders was a touchpoint: mostly these show that they took more than a day.
        since = event.at - DAY
        if nth_latest_at(history.touches, at_most + 1) <= since:
            return history
    at = shared_at(history.orders, at_most)
    if at is None or (history.shared_at is not None and at <= history.shared_at):
        return history
    return replace(history, shared_at=at)


def _refund(
    history: History, event: Event[RefundProperties], _as_of: Instant, book: Rulebook
) -> History:
    properties = event.properties
    back = refund_of_message(properties.total, properties.currency, properties.refund_id)
    return take_back(history, properties.order_id, back, event.at, book.exchange)


def _cancellation(
    history: History, event: Event[CancelProperties], _as_of: Instant, book: Rulebook
) -> History:
    return take_back(history, event.properties.order_id, WHOLE, event.at, book.exchange)


def _look(history: History, event: Event[Product], _as_of: Instant, _book: Rulebook) -> History:
    online = is_online(event.channel)
    looked_at = history.looked_at
    if online and (looked_at is None or looked_at < event.at):
        looked_at = event.at
    looks = remember(history.looks, event.at, online, (event.properties,))
    return replace(history, looked_at=looked_at, looks=looks)


def _newsletter(
    history: History, event: Event[CouponProperties], _as_of: Instant, _book: Rulebook
) -> History:
    known = history.person.newsletter
    at = word_at(event, () if known is None else (known.at,))
    word = Word(at, event.name == catalogue.NEWSLETTER_UNSUBSCRIBED.name)
    return with_person(history, replace(history.person, newsletter=later(known, word)))


def _follow(
    history: History, event: Event[SocialProperties], _as_of: Instant, _book: Rulebook
) -> History:
    follows, channel = history.person.follows, event.channel
    at = word_at(event, (each.word.at for each in follows if each.channel == channel))
    follow = Follow(channel, Word(at, event.name == catalogue.SOCIAL_UNFOLLOWED.name))
    return with_person(history, replace(history.person, follows=with_follow(follows, follow)))


def _engaged(
    history: History, _event: Event[SocialProperties], _as_of: Instant, _book: Rulebook
) -> History:
    return with_person(history, replace(history.person, engaged=True))


def _mention(
    history: History, event: Event[SocialProperties], as_of: Instant, book: Rulebook
) -> History:
    return cases.bad_mention(_engaged(history, event, as_of, book), event, book)


def _delivered(
    history: History, event: Event[RetentionActionProperties], _as_of: Instant, _book: Rulebook
) -> History:
    return replace(history, attempts=with_attempt(history.attempts, event.at, history.acted_at))


def _identified(
    history: History, event: Event[Mapping[str, Any]], _as_of: Instant, book: Rulebook
) -> History:
    traits = event.properties
    if not traits:
        return history
    person = history.person
    known = (*(each.at for each in person.traits), *(each.at for each in person.purposes))
    at = word_at(event, known)
    person = replace(
        person,
        traits=with_traits(person.traits, traits, at, book.kept.traits),
        purposes=with_consent(person.purposes, traits, at, book.kept.purposes),
    )
    return with_person(history, person)


def _suppression(
    history: History, event: SuppressionEvent, _as_of: Instant, _book: Rulebook
) -> History:
    known = history.person.suppression
    word = later_word(known, suppression_in(event, known))
    return with_person(history, replace(history.person, suppression=word))


def recovered(history: History, at: Instant) -> History:
    """Return the history after an act of service recovery was delivered."""
    return cases.with_resolution(history, Resolution(at, None, delivered=True))


Handler: TypeAlias = Callable[[History, Event[P], Instant, Rulebook], History]


def _on(handler: Handler[P] | None, *events: EventType[P]) -> Mapping[str, Handler[Any] | None]:
    """The lines of a handler, whose type fits the properties of each event."""
    return dict.fromkeys((each.name for each in events), handler)


HANDLERS: Final[Mapping[str, Handler[Any] | None]] = {
    **_on(
        _look,
        catalogue.PRODUCT_VIEWED,
        catalogue.PRODUCT_ADDED,
        catalogue.CART_VIEWED,
        catalogue.CHECKOUT_STARTED,
    ),
    **_on(_order, catalogue.ORDER_COMPLETED),
    **_on(edits.edit_order, catalogue.ORDER_UPDATED),
    **_on(_refund, catalogue.ORDER_REFUNDED),
    **_on(_cancellation, catalogue.ORDER_CANCELLED),
    **_on(cases.review, catalogue.PRODUCT_REVIEWED),
    **_on(_newsletter, catalogue.NEWSLETTER_SUBSCRIBED, catalogue.NEWSLETTER_UNSUBSCRIBED),
    **_on(_delivered, catalogue.ACTION_DELIVERED),
    **_on(_follow, catalogue.SOCIAL_FOLLOWED, catalogue.SOCIAL_UNFOLLOWED),
    **_on(_mention, catalogue.SOCIAL_MENTIONED),
    **_on(_engaged, catalogue.SOCIAL_MESSAGE_RECEIVED, catalogue.SOCIAL_CONTENT_ENGAGED),
    **_on(cases.complaint, catalogue.COMPLAINT_FILED),
    **_on(cases.resolution, catalogue.COMPLAINT_RESOLVED),
    **_on(cases.survey, catalogue.SURVEY_ANSWERED),
    **_on(_suppression, catalogue.CUSTOMER_SUPPRESSED),
    **_on(_suppression, catalogue.CUSTOMER_UNSUPPRESSED),
    **_on(
        None,
        catalogue.PAGE_VIEWED,
        catalogue.SCREEN_VIEWED,
        catalogue.STORE_VISITED,
        catalogue.COUPON_APPLIED,
        catalogue.ACTION_RESPONDED,
        catalogue.TICKET_OPENED,
        catalogue.TICKET_RESOLVED,
        catalogue.CHAT_STARTED,
        catalogue.CHAT_ENDED,
    ),
    catalogue.IDENTIFY: _identified,
    catalogue.ALIAS: None,
}
"""What each event of the catalogue does beyond counting as met; None is nothing more."""
