"""Messages for the examples of the rules."""

from datetime import datetime, timedelta

from tests.oracle.one_customer import (
    Message,
    day,
    delivered,
    track,
)

HOUR = timedelta(hours=1)

Firings = list[tuple[str, datetime]]
Example = tuple[str, str, list[Message], Firings]
"""A rule, why it fires or not, what happens, and with which template the rule fires, and when."""


def complaint(at: datetime, **properties: str) -> Message:
    return track("Complaint Filed", at, **properties)


def resolution(at: datetime, **properties: str) -> Message:
    return track("Complaint Resolved", at, **properties)


def view(at: datetime, channel: str | None = None) -> Message:
    return track("Product Viewed", at, channel, product_id="p")


def follow(at: datetime, network: str = "instagram") -> Message:
    return track("Social Followed", at, network=network)


def subscription(at: datetime) -> Message:
    return track("Newsletter Subscribed", at)


def review(at: datetime, rating: float) -> Message:
    return track("Product Reviewed", at, rating=rating)


def mention(at: datetime, sentiment: float | None) -> Message:
    return track("Social Mentioned", at, network="x", sentiment=sentiment)


DELIVERIES = [delivered(day(n)) for n in range(1, 8)]
