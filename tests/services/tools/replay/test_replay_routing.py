"""A message finds its topic."""

from typing import Any

import pytest

from schemas import messages, topics
from services.ingest.routing import topic_of


@pytest.mark.parametrize("event", sorted(messages.KNOWN_EVENTS))
def test_every_known_event_has_a_topic(event: str) -> None:
    assert topic_of({"type": "track", "event": event}) in topics.SOURCES


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ({"type": "track", "event": "Order Completed"}, topics.SHOP_EVENTS),
        ({"type": "track", "event": "Social Mentioned"}, topics.SOCIAL_EVENTS),
        ({"type": "track", "event": "Complaint Filed"}, topics.SUPPORT_EVENTS),
        ({"type": "identify"}, topics.SHOP_EVENTS),
        ({"type": "alias"}, topics.SHOP_EVENTS),
        ({"type": "track", "event": "Song Played"}, None),
        ({"type": "page"}, topics.SHOP_EVENTS),
        ({"type": "TRACK", "event": "completed_order"}, topics.SHOP_EVENTS),
        ({"type": "group"}, None),
        ({"type": ["track"], "event": {}}, None),
        ({}, None),
    ],
)
def test_the_event_or_else_the_type_decides_on_the_topic(
    message: dict[str, Any], topic: str | None
) -> None:
    assert topic_of(message) == topic
