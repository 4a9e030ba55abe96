"""Orders over channels: the customer has ordered so often over some of them."""

from typing import Annotated

from pydantic import Field, Tag

from schemas.messages.envelope import Channel
from schemas.policy.occasions.part import Count, OccasionPart


class OrderOver(OccasionPart):
    """Fires at the order with which so many have come over these channels."""

    order_over: Annotated[tuple[Channel, ...], Field(min_length=1)]
    nth: Count


OrdersOver = Annotated[OrderOver, Tag("order_over")]
