"""The shop systems that can be connected, by their kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.connect.mapped import Headers, Mapped, Outcome, Payload
from services.connect.naming import Naming
from services.connect.shopify import map_webhook as shopify_map
from services.connect.shopify import verify as shopify_verify
from services.connect.woocommerce import map_webhook as woocommerce_map
from services.connect.woocommerce import verify as woocommerce_verify


@dataclass(frozen=True, slots=True)
class Connector:
    """One shop system. All of its functions are pure."""

    verify: Callable[[Headers, bytes, Sequence[str]], Outcome | None]
    """Says why a webhook is not accepted, None if one of the secrets has signed it."""
    map_webhook: Callable[[Headers, Payload, Naming], Mapped]
    topic_of: Callable[[Headers], str]
    event_id_of: Callable[[Headers], str | None]
    shop_makes_secret: bool
    """Whether the shop system makes the secret, or whoever creates the webhook there."""
    steps: tuple[str, ...]
    """What to do in the shop. `{url}` is the address."""


CONNECTORS: Final[Mapping[str, Connector]] = {
    "shopify": Connector(
        verify=shopify_verify.verify,
        map_webhook=shopify_map.map_webhook,
        topic_of=shopify_map.topic_of,
        event_id_of=shopify_map.event_id_of,
        shop_makes_secret=True,
        steps=(
            "In Shopify open Settings, Notifications, Webhooks: create one webhook for each event.",
            "Events: Order creation, Order payment, Order update, Order cancellation,",
            "Customer creation, Customer update, Customer merge. Format: JSON.",
            "URL of each: {url}",
            "The secret is below the list of webhooks. Of an app it is the app's client secret.",
        ),
    ),
    "woocommerce": Connector(
        verify=woocommerce_verify.verify,
        map_webhook=woocommerce_map.map_webhook,
        topic_of=woocommerce_map.topic_of,
        event_id_of=woocommerce_map.event_id_of,
        shop_makes_secret=False,
        steps=(
            "In WordPress open WooCommerce, Settings, Advanced, Webhooks, and press Add webhook.",
            "Create one webhook for each topic. Status: Active. API version: WP REST API v3.",
            "Topics: Order created, Order updated, Customer created, Customer updated.",
            "Delivery URL of each: {url}",
            "Secret of each: the secret that is printed here, once.",
        ),
    ),
}
