"""Source messages as bytes."""

import json
from collections.abc import Mapping
from datetime import datetime


def track(
    event: str,
    at: datetime,
    name: str | None,
    customer: str | None,
    properties: Mapping[str, object],
) -> bytes:
    """A track message; `name` is its id, if it has one."""
    ids = {"messageId": name, "userId": customer}
    message = {"type": "track", "event": event, "timestamp": at.isoformat()}
    message |= {field: value for field, value in ids.items() if value is not None}
    return json.dumps({**message, "properties": properties}).encode()
