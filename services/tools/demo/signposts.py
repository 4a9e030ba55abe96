"""Where to look when the demo is over: three lines that work as printed."""

from services.tools.demo.api import Api
from services.tools.demo.leaving import CHURN_RISK, WIN_BACK


async def signposts(api: Api, otherwise: str) -> list[str]:
    """Return three curl lines, each after a line that says what it shows.

    `otherwise` is whom to look at if nobody is at risk.
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
