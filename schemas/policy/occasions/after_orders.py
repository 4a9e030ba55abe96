"""After orders: so long after the first order, or the last."""

from typing import Annotated

from pydantic import Tag

from schemas.policy.duration import Duration
from schemas.policy.occasions.part import OccasionPart


class AfterFirstOrder(OccasionPart):
    """Fires this long after the first order that counts, once for each first order."""

    after_first_order: Duration


class AfterOrder(OccasionPart):
    """Fires this long after the last order that counts."""

    after_order: Duration


AfterOrders = (
    Annotated[AfterFirstOrder, Tag("after_first_order")] | Annotated[AfterOrder, Tag("after_order")]
)
