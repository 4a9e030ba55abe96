"""Source messages as bytes."""

import json
from collections.abc import Mapping
from datetime import datetime


def track(
    event: str, at: datetime, name: str, customer: str | None, properties: Mapping[str, object]
) -> bytes:
    """A track message; `name` is its id."""
    message: dict[str, object] = {"type": "track", "event": event, "messageId": name}
    if customer is not None:
        message["userId"] = customer
    return json.dumps({**message, "timestamp": at.isoformat(), "properties": properties}).encode()
