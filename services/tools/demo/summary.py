"""The demo in figures, all of them computed by the system and none taken from what is replayed."""

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from services.tools.demo.api import Api
from services.tools.demo.subscriber import Subscriber


class Summary(BaseModel):
    """What `demo --once` prints as its last line. Revenue is that of all orders."""

    model_config = ConfigDict(frozen=True)

    orders: int
    customers: int
    revenue_cents: int
    segments: Mapping[str, int]
    transitions: int
    triggers: Mapping[str, int]


async def summary_of(api: Api, subscriber: Subscriber) -> Summary:
    """Add up every customer, and count what has been committed to the topics."""
    await subscriber.catch_up()
    figures: Counter[str] = Counter()
    async for customer in api.customers():
        figures["customers"] += 1
        figures["orders"] += customer.lifetime.orders
        figures["revenue"] += customer.lifetime.revenue
    segments = (await api.segments()).segment
    return Summary(
        orders=figures["orders"],
        customers=figures["customers"],
        revenue_cents=figures["revenue"],
        segments={name: count for name, count in sorted(segments.items()) if count},
        transitions=subscriber.transitions,
        triggers=dict(sorted(subscriber.triggers.items())),
    )
