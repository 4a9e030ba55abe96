"""Events of the shop: browsing, orders, reviews, newsletters, and how retention actions went."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, JsonValue, WithJsonSchema

from schemas.contract import SIDE, Contract, Identifier
from schemas.messages.envelope import Track
from schemas.plain_json import PLAIN_NUMBER

Amount = Annotated[float, Field(ge=0, lt=1e12, allow_inf_nan=False), PLAIN_NUMBER]
"""An amount of money in major units, as shops send it. It becomes minor units when absorbed."""

Rating = Annotated[
    float,
    Field(ge=1, le=5, allow_inf_nan=False),
    PLAIN_NUMBER,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": 5},
                {"type": "string", "pattern": r"^([1-4](\.[0-9]+)?|5(\.0+)?)$"},
            ]
        }
    ),
]
"""A rating: from 1 to 5, a number or a number as text."""

Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
"""A currency code of ISO 4217."""


class Product(Contract):
    """One line of an order, or the product that an event is about."""

    product_id: Annotated[Identifier | None, SIDE] = None
    category: Annotated[str | None, SIDE] = None
    quantity: Annotated[float | None, SIDE, PLAIN_NUMBER] = None
    price: Annotated[float | None, SIDE, PLAIN_NUMBER] = None


class OrderProperties(Contract):
    """What was ordered. `currency` may be missing: the policy's is meant then.

    `total` may be called `revenue`, `value`, `order_total` or `total_price` instead.
    """

    order_id: Identifier
    total: Amount
    currency: Currency | None = None
    products: Annotated[tuple[Product, ...], SIDE] = ()
    coupon: Annotated[str | None, SIDE] = None


class EditProperties(OrderProperties):
    """What an order is now. Without a `total` the edit changes nothing.

    `currency` may be missing: the order's is meant then.
    """

    total: Amount | None = None  # type: ignore[assignment]


_PRICED: Final[dict[str, JsonValue]] = {
    "required": ["price"],
    "properties": {
        "price": {"type": "number", "minimum": 0},
        "quantity": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
    },
}


class RefundProperties(Contract):
    """What was taken back: the part named by `total`, else what `products` come to, else all of it.

    `total` may be called `refund_amount`, `amount`, `revenue` or `value`; `products` need prices
    where there is no total. `currency` may be missing: the order's is meant then. One `refund_id`
    of an order counts once, however many messages have it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"not": {"required": ["total"]}},
            "then": {"properties": {"products": {"items": _PRICED}}},
        }
    )

    order_id: Identifier
    total: Amount | None = None
    currency: Currency | None = None
    refund_id: Identifier | None = None
    products: Annotated[tuple[Product, ...], SIDE] = ()


class CancelProperties(Contract):
    """The order that was cancelled: always the whole of it."""

    order_id: Identifier


class ReviewProperties(Contract):
    """A product's review. `rating` runs from 1 to 5 and may come as text."""

    rating: Rating
    product_id: Annotated[Identifier | None, SIDE] = None
    review_body: Annotated[str | None, SIDE] = None


class CouponProperties(Contract):
    """The coupon that was shown or used."""

    coupon: Annotated[str | None, SIDE] = None


class PageProperties(Contract):
    """The properties of a page: none of them counts."""


class RetentionActionProperties(Contract):
    """The trigger that was acted on, or answered."""

    trigger_id: Identifier
    channel: Annotated[str | None, SIDE] = None


NOTHING = Product()
NO_COUPON = CouponProperties()
NO_PAGE = PageProperties()


class ShopActivity(Track):
    """Browsing: a sign of life, with the product that the customer looks at."""

    type: Literal["track"]
    event: Literal["Product Viewed", "Product Added", "Cart Viewed", "Checkout Started"]
    properties: Annotated[Product, SIDE] = NOTHING


class PageViewed(Track):
    """A page of the shop, or a screen of its app: a sign of life, and no more."""

    type: Literal["track"]
    event: Literal["Page Viewed", "Screen Viewed"]
    properties: Annotated[PageProperties, SIDE] = NO_PAGE


class OrderCompleted(Track):
    """An order."""

    type: Literal["track"]
    event: Literal["Order Completed"]
    properties: OrderProperties


class OrderUpdated(Track):
    """An order that was edited: the latest total counts, and the products beside it, if any."""

    type: Literal["track"]
    event: Literal["Order Updated"]
    properties: EditProperties


class OrderRefunded(Track):
    """Money given back for an order, whole or in part."""

    type: Literal["track"]
    event: Literal["Order Refunded"]
    properties: RefundProperties


class OrderCancelled(Track):
    """An order that was cancelled: it never counted."""

    type: Literal["track"]
    event: Literal["Order Cancelled"]
    properties: CancelProperties


class ProductReviewed(Track):
    """A rating of a product."""

    type: Literal["track"]
    event: Literal["Product Reviewed"]
    properties: ReviewProperties


class ShopContact(Track):
    """A visit, a newsletter or a coupon."""

    type: Literal["track"]
    event: Literal[
        "Store Visited", "Newsletter Subscribed", "Newsletter Unsubscribed", "Coupon Applied"
    ]
    properties: Annotated[CouponProperties, SIDE] = NO_COUPON


class RetentionAction(Track):
    """The outcome of a trigger: marketing acted on it, or the customer answered."""

    type: Literal["track"]
    event: Literal["Retention Action Delivered", "Retention Action Responded"]
    properties: RetentionActionProperties
