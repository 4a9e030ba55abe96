"""The end of the demo: figures for programs, and curl lines for people.

The services have computed every figure. None comes from the recording.
"""

from collections import Counter
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from services.tools.demo.api import Api
from services.tools.demo.snapshot import CHURN_RISK, WIN_BACK
from services.tools.demo.subscriber import Subscriber


class Summary(BaseModel):
    """The last line of `demo --once`. Revenue is that of all orders."""

    model_config = ConfigDict(frozen=True)

    orders: int
    customers: int
    revenue_cents: int
    segments: Mapping[str, int]
    transitions: int
    triggers: Mapping[str, int]


async def summary_of(api: Api, subscriber: Subscriber) -> Summary:
    """Add up every customer of the API, and count the committed records of the topics."""
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


async def curl_examples(api: Api, otherwise: str) -> list[str]:
    """Return three curl lines that work as printed, each after a comment that explains it.

    They show a customer at risk, or `otherwise` if nobody is.
    """
    customer = await _somebody_at_risk(api) or otherwise
    url = api.url
    return [
        "Look around:",
        "# a customer who dropped into churn risk",
        f"curl -s '{url}/v1/customers/{customer}'",
        "# why each rule did or did not fire for this customer",
        f"curl -s '{url}/v1/customers/{customer}/why'",
        "# who is to be won back, with what, and why",
        f"curl -s '{url}/v1/triggers?rule={WIN_BACK}&limit=3'",
    ]


async def _somebody_at_risk(api: Api) -> str | None:
    for segment in CHURN_RISK:
        async for customer in api.customers(segment=segment):
            return customer.customer_id
    return None
