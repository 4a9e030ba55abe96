"""Source messages in Segment's shape, written short, and the events in them."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from schemas.messages.reading import read_message
from schemas.messages.traits import NO_NAMES, KeptNames
from topology.domain.history.event import Event, event_in
from topology.domain.history.instant import from_datetime

Json: TypeAlias = dict[str, Any]
"""A message as it travels."""

DAY_0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def day(number: float) -> datetime:
    """The instant so many times 24 hours after day 0."""
    return DAY_0 + timedelta(days=number)


def track(event: str, at: datetime, message_id: str, profile: str = "c", **properties: Any) -> Json:
    """A track message."""
    return {
        "type": "track",
        "event": event,
        "messageId": message_id,
        "userId": profile,
        "timestamp": at.isoformat(),
        "properties": properties,
    }


def order(at: datetime, order_id: str, total: float = 10.0, profile: str = "c") -> Json:
    """An order; its message has an id of its own."""
    return track("Order Completed", at, f"m-{order_id}", profile, order_id=order_id, total=total)


def orders(*instants: datetime, total: float = 10.0) -> list[Json]:
    """Orders o1, o2, … at these instants."""
    return [order(at, f"o{n}", total) for n, at in enumerate(instants, start=1)]


def refund(at: datetime, order_id: str, total: float | None = None) -> Json:
    """A refund of an order: of a part of it if there is a total."""
    properties: Json = {"order_id": order_id} | ({} if total is None else {"total": total})
    return track("Order Refunded", at, f"r-{order_id}-{at.isoformat()}", **properties)


def cancellation(at: datetime, order_id: str) -> Json:
    """The cancellation of an order."""
    return track("Order Cancelled", at, f"x-{order_id}", order_id=order_id)


def suppressed(at: datetime, **properties: Any) -> Json:
    """Somebody is put on the suppression list."""
    return track("Customer Suppressed", at, f"s-{at.isoformat()}", **properties)


def unsuppressed(at: datetime, **properties: Any) -> Json:
    """Somebody is taken off the suppression list."""
    return track("Customer Unsuppressed", at, f"u-{at.isoformat()}", **properties)


def review(at: datetime, rating: object) -> Json:
    """A product review."""
    return track("Product Reviewed", at, f"v-{at.isoformat()}", rating=rating)


def complaint(at: datetime, **properties: Any) -> Json:
    """A complaint."""
    return track("Complaint Filed", at, f"c-{at.isoformat()}", **properties)


def resolution(at: datetime, **properties: Any) -> Json:
    """The end of a complaint."""
    return track("Complaint Resolved", at, f"e-{at.isoformat()}", **properties)


def visit(at: datetime) -> Json:
    """A sign of life that means nothing else."""
    return track("Product Viewed", at, f"w-{at.isoformat()}", product_id="p")


def did(event: str, at: datetime, channel: str = "web", **properties: Any) -> Json:
    """Anything that a customer does, over a channel; two at one instant must differ."""
    tracked = track(event, at, f"d-{event}-{at.isoformat()}-{channel}-{properties}", **properties)
    return tracked | {"context": {"channel": channel}}


def bought(at: datetime, order_id: str, channel: str, total: float = 10.0) -> Json:
    """An order over a channel."""
    return order(at, order_id, total) | {"context": {"channel": channel}}


def identified(at: datetime, **traits: Any) -> Json:
    """What somebody says of themselves."""
    return {
        "type": "identify",
        "messageId": f"i-{at.isoformat()}-{sorted(traits)}",
        "userId": "c",
        "timestamp": at.isoformat(),
        "traits": traits,
    }


def delivered(at: datetime, trigger_id: str = "elsewhere") -> Json:
    """Marketing acted on a trigger."""
    return did("Retention Action Delivered", at, trigger_id=trigger_id)


def mention(at: datetime, sentiment: float, network: str = "instagram") -> Json:
    """The shop is spoken of in public."""
    return did("Social Mentioned", at, network=network, sentiment=sentiment)


def survey(at: datetime, kind: str, score: float) -> Json:
    """An answer to a survey."""
    return did("Survey Answered", at, survey=kind, score=score)


def event_from(message: Json, kept: KeptNames = NO_NAMES) -> Event:
    """The event in a message, as it is read under a policy that names what is `kept`."""
    found = read_message(message, None, kept).message
    assert found.profile is not None
    assert found.message_id is not None
    assert found.timestamp is not None
    return event_in(found, found.profile, found.message_id, from_datetime(found.timestamp))
