"""What other platforms call the events that we know.

Such a name is no spelling of ours: what it stands for may be told in another shape, or come beside
an event of ours. So it is never taken for one; the sender is told which is near.
"""

from collections.abc import Mapping
from typing import Final

from schemas.messages import names

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    names.ORDER_COMPLETED: (
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
    names.ORDER_UPDATED: (
        *("orders/updated", "orders/edited", "order edited", "order changed", "order modified"),
        *("order status changed", "edit order", "update order"),
    ),
    names.ORDER_REFUNDED: (
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
    names.ORDER_CANCELLED: (
        *("orders/cancelled", "orders/delete", "cancel order", "order voided", "order deleted"),
        *("cancellation", "order cancellation", "ecommerce.order_cancelled"),
    ),
    names.CHECKOUT_STARTED: (
        *("begin_checkout", "checkouts/create", "initiate checkout", "checkout initiated"),
        *("checkout", "checkout begun", "ecommerce.checkout_started", "checkout created"),
    ),
    names.PRODUCT_ADDED: (
        *("add_to_cart", "added to cart", "added to basket", "add to basket", "cart item added"),
        *("product added to cart", "item added to cart", "item added", "product_added_to_cart"),
    ),
    names.CART_VIEWED: ("view_cart", "basket viewed", "viewed basket", "carts/update"),
    names.PRODUCT_VIEWED: (
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
    names.PAGE_VIEWED: ("page_view", "pageview", "$pageview", "view page"),
    names.SCREEN_VIEWED: ("screen_view", "screenview", "$screen"),
    names.PRODUCT_REVIEWED: (
        *("review", "review submitted", "review created", "submitted review", "product review"),
        *("product rated", "rating submitted", "rated product", "review added"),
    ),
    names.NEWSLETTER_SUBSCRIBED: (
        *("subscribe", "subscribed", "newsletter signup", "newsletter sign up", "email subscribed"),
        *("subscribed to newsletter", "subscribed to list", "subscribed to email marketing"),
    ),
    names.NEWSLETTER_UNSUBSCRIBED: (
        *("unsubscribe", "unsubscribed", "email unsubscribed", "unsubscribed from newsletter"),
        *("unsubscribed from list", "unsubscribed from email marketing", "newsletter opt out"),
    ),
    names.COUPON_APPLIED: (
        *("coupon used", "coupon redeemed", "discount applied"),
        *("voucher applied", "promo code applied"),
    ),
    names.STORE_VISITED: ("store visit", "visit store", "store entered"),
    names.TICKET_OPENED: ("ticket created", "ticket.created", "new ticket", "ticket submitted"),
    names.TICKET_RESOLVED: ("ticket closed", "ticket.closed", "ticket solved", "ticket.solved"),
    names.COMPLAINT_FILED: ("complaint", "complaint created", "complaint opened", "new complaint"),
    names.COMPLAINT_RESOLVED: ("complaint closed", "complaint solved"),
    names.CHAT_STARTED: ("chat started", "conversation started", "live chat started"),
    names.CHAT_ENDED: ("chat ended", "conversation ended", "conversation closed", "chat closed"),
    names.SURVEY_ANSWERED: (
        *("survey completed", "survey submitted", "survey response", "survey responded"),
        *("nps submitted", "nps response", "feedback submitted"),
    ),
    names.SOCIAL_MENTIONED: ("mention", "mentioned", "brand mentioned"),
    names.SOCIAL_FOLLOWED: ("follow", "followed"),
    names.SOCIAL_UNFOLLOWED: ("unfollow", "unfollowed"),
    names.SOCIAL_MESSAGE_RECEIVED: ("direct message received", "dm received"),
}

ELSEWHERE: Final[Mapping[str, str]] = {
    name: event for event, others in _NAMES.items() for name in others
}
"""The event of ours that is near to one of GA4, Shopify, Klaviyo, Braze, WooCommerce or others."""

OTHERS: Final = frozenset(
    {
        *("Products Searched", "Product List Viewed", "Product List Filtered", "Product Clicked"),
        *("Promotion Viewed", "Promotion Clicked", "Product Removed", "Product Shared"),
        *("Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered", "Cart Shared"),
        *("Coupon Entered", "Coupon Denied", "Coupon Removed", "Order Fulfilled", "Cart Abandoned"),
        *("Product Added to Wishlist", "Product Removed from Wishlist"),
        *("Wishlist Product Added to Cart", "Order Shipped", "Order Delivered"),
    }
)
"""Events that shops do send, and that are none of ours, however near their names are."""
