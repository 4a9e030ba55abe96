"""Messages as shops send them."""

from typing import Any

Json = dict[str, Any]


def order(number: int, **more: Any) -> Json:
    """An order, with an id of its own."""
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"m-{number}",
        "userId": f"c-{number}",
        "timestamp": "2026-11-20T10:15:00Z",
        "properties": {"order_id": f"o-{number}", "total": 59.9, "currency": "EUR"},
        **more,
    }


def identify(user: str, **traits: Any) -> Json:
    return {"type": "identify", "userId": user, "traits": traits}
