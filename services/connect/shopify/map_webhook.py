"""Maps the topics of Shopify."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from services.connect.mapped import Headers, Mapped, Outcome, Payload
from services.connect.naming import Naming, identify
from services.connect.payload_fields import at, email, identifier, needed, text
from services.connect.shopify.customers import consent_of, customer_name, known_customer
from services.connect.shopify.orders import map_order

TOPIC: Final = "x-shopify-topic"
EVENT_ID: Final = "x-shopify-event-id"
TRIGGERED_AT: Final = "x-shopify-triggered-at"

_Map = Callable[[Payload, Naming, Headers], Mapped]


def map_webhook(headers: Headers, payload: Payload, naming: Naming) -> Mapped:
    """Return the meaning of a webhook.

    Raises:
        UnmappableError: its topic is known, but not its form.
    """
    topic = headers.get(TOPIC, "")
    mapping = _TOPICS.get(topic)
    if mapping is None:
        return Mapped(Outcome.UNKNOWN_TOPIC, detail=_OTHERS.get(topic, "this topic is not used"))
    return mapping(payload, naming, headers)


def topic_of(headers: Headers) -> str:
    """Return the topic of a webhook, as the shop names it."""
    return headers.get(TOPIC, "")


def event_id_of(headers: Headers) -> str | None:
    """Return the id of the event: the same for each attempt to deliver it."""
    return headers.get(EVENT_ID)


def _order(payload: Payload, naming: Naming, _headers: Headers, *, is_new: bool) -> Mapped:
    return map_order(payload, naming, is_new=is_new)


def _customer(payload: Payload, naming: Naming, _headers: Headers) -> Mapped:
    needed(identifier(payload.get("id")), "id")
    needed(text(payload.get("updated_at")), "updated_at")
    message = known_customer(payload, naming)
    if message is None:
        return Mapped(Outcome.NOBODY, detail="nothing is stated of the customer")
    return Mapped(Outcome.TAKEN, (message,))


def _consent(payload: Payload, naming: Naming, headers: Headers, *, purpose: str) -> Mapped:
    """Return the meaning of a change of consent, which may name a customer who has no account."""
    stated = payload.get(f"{purpose}_marketing_consent")
    is_email = purpose == "email"
    native_id = payload.get("customer_id") or payload.get("id")
    name = customer_name(naming, {"id": native_id}, payload.get("email_address"))
    if name is None:
        return Mapped(Outcome.NOBODY, detail="no customer agreed to it")
    consent = consent_of(stated if is_email else None, None if is_email else stated)
    if consent is None:
        return Mapped(Outcome.NOT_YET, detail="the customer has not decided yet")
    when = text(at(stated, "consent_updated_at")) or headers.get(TRIGGERED_AT)
    when = needed(when, f"{purpose}_marketing_consent.consent_updated_at")
    message_id = naming.message_id("consent", purpose, name, when, consent[purpose])
    return Mapped(Outcome.TAKEN, (identify(name, message_id, when, {"consent": consent}),))


def _merge(payload: Payload, naming: Naming, headers: Headers) -> Mapped:
    if str(payload.get("status")).lower() != "completed":
        return Mapped(Outcome.NOT_YET, detail="the merge is not done")
    kept, gone = (
        needed(_id_in_gid(payload.get(field)), field)
        for field in (
            "admin_graphql_api_customer_kept_id",
            "admin_graphql_api_customer_deleted_id",
        )
    )
    alias = {
        "type": "alias",
        "previousId": naming.name(gone),
        "userId": naming.name(kept),
        "messageId": naming.message_id("merge", kept, gone),
    }
    if TRIGGERED_AT in headers:
        alias["timestamp"] = headers[TRIGGERED_AT]
    return Mapped(Outcome.TAKEN, (alias,))


def _id_in_gid(value: object) -> str | None:
    """Return the id at the end of an address such as `gid://shopify/Customer/42`."""
    found = text(value)
    return None if found is None else identifier(found.rpartition("/")[2])


def _about_a_person(
    payload: Payload, naming: Naming, _headers: Headers, *, outcome: Outcome
) -> Mapped:
    _check_shop(payload)
    customer = payload.get("customer")
    native_id = identifier(at(customer, "id"))
    names = (None if native_id is None else naming.name(native_id), email(at(customer, "email")))
    found = tuple(each for each in names if each is not None)
    needed(found[0] if found else None, "customer.id")
    return Mapped(outcome, names=found)


def _check_shop(payload: Payload) -> None:
    """The topic is not signed: nobody may send an order again as an erasure of its customer."""
    needed(identifier(payload.get("shop_id")), "shop_id")


def _shop_redact(payload: Payload, _naming: Naming, _headers: Headers) -> Mapped:
    _check_shop(payload)
    return Mapped(Outcome.SHOP_ERASURE)


_TOPICS: Final[Mapping[str, _Map]] = {
    "orders/create": partial(_order, is_new=True),
    "orders/paid": partial(_order, is_new=True),
    "orders/updated": partial(_order, is_new=False),
    "orders/cancelled": partial(_order, is_new=False),
    "orders/fulfilled": partial(_order, is_new=False),
    "orders/partially_fulfilled": partial(_order, is_new=False),
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/enable": _customer,
    "customers/disable": _customer,
    "customers_email_marketing_consent/update": partial(_consent, purpose="email"),
    "customers_marketing_consent/update": partial(_consent, purpose="sms"),
    "customers/merge": _merge,
    "customers/data_request": partial(_about_a_person, outcome=Outcome.DATA_REQUEST),
    "customers/redact": partial(_about_a_person, outcome=Outcome.ERASURE),
    "shop/redact": _shop_redact,
}
_OTHERS: Final = {
    "orders/edited": "it says no total: the same edit comes with orders/updated",
    "orders/delete": "it names no customer: cancel an order before you delete it",
    "refunds/create": "it names no customer: the same refund comes with orders/updated",
}
"""Topics that one might expect to count, and why they do not."""
