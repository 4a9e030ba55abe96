"""A shop's program with RudderStack's library: python rudderstack_python.py HOST WRITE_KEY."""

import sys

from rudderstack import analytics

_, analytics.dataPlaneUrl, analytics.write_key = sys.argv
analytics.max_retries = 3
failures: list[Exception] = []
analytics.on_error = lambda error, _batch: failures.append(error)

analytics.identify("rudderstack", {"city": "Wien"})
analytics.track(
    "rudderstack",
    "Order Completed",
    {"order_id": "rudderstack-1", "total": 59.9, "currency": "EUR"},
)
analytics.track("rudderstack", "Ticket Opened", {"ticket_id": "t-1"})
analytics.page("rudderstack", "Shoes", "Winter")
analytics.screen("rudderstack", "Basket")
analytics.group("rudderstack", "a-company")
analytics.alias("rudderstack-anonymous", "rudderstack")
analytics.shutdown()
sys.exit(str(failures[0]) if failures else 0)
