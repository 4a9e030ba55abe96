"""A shop's program with Segment's library for Python: python segment_python.py HOST WRITE_KEY."""

import sys

from segment import analytics

_, analytics.host, analytics.write_key = sys.argv
analytics.gzip = True
analytics.max_retries = 3
failures: list[Exception] = []
analytics.on_error = lambda error, _batch: failures.append(error)

analytics.identify("segment-python", {"city": "Wien"})
analytics.track(
    "segment-python",
    "Order Completed",
    {"order_id": "segment-python-1", "total": 59.9, "currency": "EUR"},
)
analytics.track("segment-python", "Ticket Opened", {"ticket_id": "t-1"})
analytics.page("segment-python", "Shoes", "Winter")
analytics.screen("segment-python", "Basket")
analytics.group("segment-python", "a-company")
analytics.alias("segment-python-anonymous", "segment-python")
analytics.shutdown()
sys.exit(str(failures[0]) if failures else 0)
