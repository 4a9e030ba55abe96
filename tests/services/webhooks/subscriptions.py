"""A subscription for tests that need no Kafka."""

from datetime import UTC, datetime

from services.webhooks.subscriptions import Subscription, new_secret

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = new_secret(lambda count: b"1" * count)


def subscription(name: str = "s", /, **fields: object) -> Subscription:
    """Return a subscription with this id, and with a secret unless `fields` has others."""
    made = {"id": name, "url": "https://x", "enabled_at": NOW, "created_at": NOW}
    return Subscription.model_validate({**made, "secrets": (SECRET,), **fields})
