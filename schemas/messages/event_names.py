"""Event names: which event a sender means.

`order_completed`, `OrderCompleted` and `Order Completed` are one event; so is `Completed Order`,
the verb before its object, as in Segment's older spec. A name that another platform gives to such
an event is not read as ours: the event may have another shape there, or be sent beside ours. The
sender learns which event is near.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from schemas.messages import catalogue
from schemas.messages.catalogue import KNOWN_EVENTS, EventType
from schemas.messages.spelling import LONGEST_WORD, folded

_LONGEST_SHOWN: Final = 60
"""Characters of an unknown event that its sender is shown."""
_REMEMBERED: Final = 1_024
"""Unknown names whose nearest event is cached: a sender repeats the same ones."""
_CLOSE: Final = 0.8
"""How close a name must be to be suggested: 1 is the same."""

_OTHER_SPELLINGS: Final[Mapping[str, str]] = dict.fromkeys(
    ("ordercanceled", "canceledorder"), catalogue.ORDER_CANCELLED.name
)

_ELSEWHERE: Final[Mapping[EventType[Any], tuple[str, ...]]] = {
    catalogue.ORDER_COMPLETED: (
        *("purchase", "ecommerce_purchase", "product_purchase", "made purchase", "purchased"),
        *("order placed", "placed order", "order created", "order complete", "order paid"),
        *("orders/create", "orders/paid", "orders/fulfilled", "order confirmed", "order submitted"),
        *("order received", "order success", "order finished", "new order", "order", "sale"),
        *("checkout completed", "checkout complete", "checkout finished", "checkout success"),
        *("payment succeeded", "payment completed", "transaction", "transaction completed"),
        *("ecommerce.order_placed", "ecommerceOrder", "checkout.order.placed"),
        *("woocommerce_new_order", "woocommerce_order_status_completed", "bestellung"),
        *("sales_order_place_after", "actionValidateOrder", "ordered product"),
    ),
    catalogue.ORDER_UPDATED: (
        *("orders/updated", "orders/edited", "order edited", "order changed", "order modified"),
        *("order status changed", "edit order", "update order"),
    ),
    catalogue.ORDER_REFUNDED: (
        *(
            "refund",
            "refunds/create",
            "refunded",
            "refund created",
            "refund issued",
            "refund order",
        ),
        *("order partially refunded", "partial refund", "charge.refunded", "order returned"),
        *("return completed", "refund succeeded", "payment refunded", "ecommerce.order_refunded"),
    ),
    catalogue.ORDER_CANCELLED: (
        *("orders/cancelled", "orders/delete", "cancel order", "order voided", "order deleted"),
        *("cancellation", "order cancellation", "ecommerce.order_cancelled"),
    ),
    catalogue.CHECKOUT_STARTED: (
        *("begin_checkout", "checkouts/create", "initiate checkout", "checkout initiated"),
        *("checkout", "checkout begun", "ecommerce.checkout_started", "checkout created"),
    ),
    catalogue.PRODUCT_ADDED: (
        *("add_to_cart", "added to cart", "added to basket", "add to basket", "cart item added"),
        *("product added to cart", "item added to cart", "item added", "product_added_to_cart"),
    ),
    catalogue.CART_VIEWED: ("view_cart", "basket viewed", "viewed basket", "carts/update"),
    catalogue.PRODUCT_VIEWED: (
        *(
            "view_item",
            "view content",
            "product view",
            "item viewed",
            "viewed item",
            "view product",
        ),
        *("ecommerce.product_viewed", "product page viewed", "product detail viewed"),
    ),
    catalogue.PAGE_VIEWED: ("page_view", "pageview", "$pageview", "view page"),
    catalogue.SCREEN_VIEWED: ("screen_view", "screenview", "$screen"),
    catalogue.PRODUCT_REVIEWED: (
        *("review", "review submitted", "review created", "submitted review", "product review"),
        *("product rated", "rating submitted", "rated product", "review added"),
    ),
    catalogue.NEWSLETTER_SUBSCRIBED: (
        *("subscribe", "subscribed", "newsletter signup", "newsletter sign up", "email subscribed"),
        *("subscribed to newsletter", "subscribed to list", "subscribed to email marketing"),
    ),
    catalogue.NEWSLETTER_UNSUBSCRIBED: (
        *("unsubscribe", "unsubscribed", "email unsubscribed", "unsubscribed from newsletter"),
        *("unsubscribed from list", "unsubscribed from email marketing", "newsletter opt out"),
        *("abmeldung", "newsletter abmeldung", "newsletter abbestellt", "abbestellt"),
        *("newsletter cancelled", "newsletter canceled"),
    ),
    catalogue.CUSTOMER_SUPPRESSED: (
        *("spam complaint", "email marked as spam", "marked as spam", "spam report", "spamreport"),
        *("do not email", "do not call", "do not disturb", "dnc", "stop", "blacklisted"),
        *("customer blocked", "contact blocked", "customer blacklisted", "contact suppressed"),
        *("consent withdrawn", "consent revoked", "marketing consent withdrawn"),
        *("marketing consent revoked", "werbewiderspruch", "widerspruch", "werbesperre"),
    ),
    catalogue.COUPON_APPLIED: (
        *("coupon used", "coupon redeemed", "discount applied"),
        *("voucher applied", "promo code applied"),
    ),
    catalogue.STORE_VISITED: ("store visit", "visit store", "store entered"),
    catalogue.TICKET_OPENED: ("ticket created", "ticket.created", "new ticket", "ticket submitted"),
    catalogue.TICKET_RESOLVED: ("ticket closed", "ticket.closed", "ticket solved", "ticket.solved"),
    catalogue.COMPLAINT_FILED: (
        "complaint",
        "complaint created",
        "complaint opened",
        "new complaint",
    ),
    catalogue.COMPLAINT_RESOLVED: (
        *("complaint closed", "complaint solved", "complaint settled", "complaint withdrawn"),
        *("beschwerde erledigt", "beschwerde gelöst", "beschwerde geschlossen"),
    ),
    catalogue.CHAT_STARTED: ("chat started", "conversation started", "live chat started"),
    catalogue.CHAT_ENDED: (
        "chat ended",
        "conversation ended",
        "conversation closed",
        "chat closed",
    ),
    catalogue.SURVEY_ANSWERED: (
        *("survey completed", "survey submitted", "survey response", "survey responded"),
        *("nps submitted", "nps response", "feedback submitted"),
    ),
    catalogue.SOCIAL_MENTIONED: ("mention", "mentioned", "brand mentioned"),
    catalogue.SOCIAL_FOLLOWED: ("follow", "followed"),
    catalogue.SOCIAL_UNFOLLOWED: ("unfollow", "unfollowed"),
    catalogue.SOCIAL_MESSAGE_RECEIVED: ("direct message received", "dm received"),
}
"""What GA4, Shopify, Klaviyo, Braze, WooCommerce and others call an event that is near to ours."""

_STEMS: Final[Mapping[str, EventType[Any]]] = {
    "unsubscri": catalogue.NEWSLETTER_UNSUBSCRIBED,
    **dict.fromkeys(
        ("optout", "optedout", "optsout", "optingout", "donotcontact", "dontcontact"),
        catalogue.CUSTOMER_SUPPRESSED,
    ),
    **dict.fromkeys(
        ("complain", "beschwer", "reklamation", "reklamier"), catalogue.COMPLAINT_FILED
    ),
}
"""Parts of names that tell of an opt-out or a complaint, whatever stands around them.

A close spelling comes after them: Customer Unsubscribed is close to Customer Unsuppressed.
"""

_OTHER_EVENTS: Final = frozenset(
    {
        *("Products Searched", "Product List Viewed", "Product List Filtered", "Product Clicked"),
        *("Promotion Viewed", "Promotion Clicked", "Product Removed", "Product Shared"),
        *("Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered", "Cart Shared"),
        *("Coupon Entered", "Coupon Denied", "Coupon Removed", "Order Fulfilled", "Cart Abandoned"),
        *("Product Added to Wishlist", "Product Removed from Wishlist"),
        *("Wishlist Product Added to Cart", "Order Shipped", "Order Delivered"),
    }
)
"""Events that shops send and that do not count here, however near their names are."""


class EventNames:
    """Finds an event by its name, in any spelling."""

    def __init__(self, events: Iterable[str]) -> None:
        self._exact = frozenset(events)
        self._names = dict(_OTHER_SPELLINGS)
        for name in sorted(self._exact):
            *thing, verb = name.split()
            self._names[folded(f"{verb} {' '.join(thing)}")] = name
        self._names |= {folded(name): name for name in self._exact}
        self._near: dict[str, str | None] = {folded(name): None for name in _OTHER_EVENTS}
        for event, names in _ELSEWHERE.items():
            self._near |= dict.fromkeys(map(folded, names), event.name)
        self._near |= self._names
        self._find_near = lru_cache(maxsize=_REMEMBERED)(self._near_to)

    def name_of(self, value: object) -> str | None:
        """The event of this name, or None if there is none."""
        if not isinstance(value, str) or len(value) > LONGEST_WORD:
            return None
        return value if value in self._exact else self._names.get(folded(value))

    def listed(self, value: object) -> str | None:
        """The event that the sender may mean, by the tables alone: this is quick for any name."""
        if not isinstance(value, str) or len(value) > LONGEST_WORD:
            return None
        return self._listed(folded(value))

    def near(self, value: object) -> str | None:
        """The event that the sender may mean: by a name from elsewhere, or by a close one.

        This is slow for a name that is not in the cache: it is compared with all names.
        """
        if not isinstance(value, str) or len(value) > LONGEST_WORD:
            return None
        return self._find_near(folded(value))

    def _listed(self, name: str) -> str | None:
        if name in self._near:
            return self._near[name]
        within = [known for known in self._names if known in name]
        if within:
            return self._names[max(within, key=len)]
        return next((event.name for part, event in _STEMS.items() if part in name), None)

    def _near_to(self, name: str) -> str | None:
        found = self._listed(name)
        if found is not None or name in self._near:
            return found
        close = get_close_matches(name, self._names, n=1, cutoff=_CLOSE)
        return self._names[close[0]] if close else None


EVENT_NAMES: Final = EventNames(KNOWN_EVENTS)


def unknown_event(name: object, near: str | None) -> str:
    """The sentence for the sender of an event that does not count. `near` is one that does."""
    if not isinstance(name, str) or not name:
        return "event is missing: write the name of an event, such as Order Completed"
    shown = name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"
    hint = "" if near is None else f"; if you mean `{near}`, send it under that name"
    return f"`{shown}` is no event that counts here{hint}"
