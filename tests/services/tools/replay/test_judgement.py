"""A line is judged as the workers will see it, with the headers that it is sent with."""

import json
from datetime import UTC, datetime, timedelta

from services.tools.replay.line import read_line
from services.tools.replay.validate import validator_of
from tests.topology.domain.life import BOOK
from topology.agents.decode import EventDecoder

NOW = datetime(2026, 11, 29, tzinfo=UTC)
DECODER = EventDecoder(BOOK.exchange, BOOK.oldest_event)


def reason_of(at: datetime, sent: datetime | None) -> str | None:
    """Why an order that happened at `at`, by a sender that sent it at `sent`, is refused."""
    said = {
        "type": "track",
        "event": "Order Completed",
        "userId": "c-42",
        "timestamp": at.isoformat(),
        "properties": {"order_id": "o-7", "total": 59.90},
    }
    if sent is not None:
        said["sentAt"] = sent.isoformat()
    validator = validator_of(DECODER, (), lambda: NOW)
    return validator(read_line(1, json.dumps(said).encode(), NOW))


def test_what_was_sent_long_ago_is_no_fault_of_its_sender_s_clock() -> None:
    """By the time of the replay it would be 20 days younger, and just young enough."""
    oldest = NOW - timedelta(microseconds=BOOK.oldest_event)
    too_old = oldest - timedelta(days=10)
    assert reason_of(too_old, NOW - timedelta(days=20)) == "time_too_early"
    assert reason_of(too_old, None) == "time_too_early"
    assert reason_of(oldest + timedelta(days=10), NOW - timedelta(days=20)) is None
