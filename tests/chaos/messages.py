"""Source messages, and as bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Json = dict[str, Any]


def track(
    event: str,
    at: datetime,
    name: str | None,
    customer: str | None,
    properties: Mapping[str, object],
) -> bytes:
    """A track message; `name` is its id, if it has one."""
    return as_bytes(message(at, name, customer, tracked(event, properties)))


def tracked(event: str, properties: Mapping[str, object], channel: str | None = None) -> Json:
    """The fields that make it a track message."""
    context = {} if channel is None else {"context": {"channel": channel}}
    return {"type": "track", "event": event, "properties": dict(properties), **context}


def message(at: datetime, name: str | None, customer: str | None, fields: Json) -> Json:
    """A message: whose, when, its id if it has one, and what it says."""
    ids = {"messageId": name, "userId": customer}
    known = {field: value for field, value in ids.items() if value is not None}
    return {"timestamp": at.isoformat(), **known, **fields}


def as_bytes(content: Mapping[str, Any]) -> bytes:
    """A message as it travels."""
    return json.dumps(content).encode()
