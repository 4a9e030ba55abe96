"""Maps the topics of WooCommerce."""

from typing import Final

from services.connect.mapped import Headers, Mapped, Outcome, Payload
from services.connect.naming import Naming
from services.connect.woocommerce.customers import known_customer
from services.connect.woocommerce.orders import map_order

TOPIC: Final = "x-wc-webhook-topic"


def map_webhook(headers: Headers, payload: Payload, naming: Naming) -> Mapped:
    """Return the meaning of a webhook.

    Raises:
        UnmappableError: its topic is known, but not its form.
    """
    topic = topic_of(headers)
    match topic:
        case "order.created":
            return map_order(payload, naming, is_new=True)
        case "order.updated" | "order.restored":
            return map_order(payload, naming, is_new=False)
        case "customer.created" | "customer.updated":
            return Mapped(Outcome.TAKEN, (known_customer(payload, naming),))
    detail = _OTHERS.get(topic, "this topic is not used")
    return Mapped(Outcome.UNKNOWN_TOPIC, detail=detail)


def topic_of(headers: Headers) -> str:
    """Return the topic of a webhook, as the shop names it."""
    return headers.get(TOPIC, "")


def event_id_of(_headers: Headers) -> str | None:
    """Return None: delivery ids of WooCommerce repeat within a second, and name no event."""
    return None


_OTHERS: Final = {
    "order.deleted": "it has an id only, and names no customer: cancel an order before you "
    "delete it",
    "customer.deleted": "a deleted account is no erasure: POST /v1/customers/{id}/erase erases",
}
"""Topics that one might expect to count, and why they do not."""
