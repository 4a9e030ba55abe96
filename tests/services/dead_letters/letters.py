"""Dead letters for tests, and an order that is refused without a rate."""

import json
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from schemas import policy, topics
from schemas.dead_letter import DeadLetterReason
from services.dead_letters.dead_letter import DeadLetter, letter_in
from tests.services.ingest.messages import order

AT_MS = 1_790_000_000_000
"""When Kafka took them, unless a test says otherwise: in September 2026."""

POLICY_WITH_POUNDS = (
    Path(policy.__file__).parent / "default.yaml"
).read_text() + "exchange: [{currency: GBP, from: 2026-01-01, rate: 1.15}]\n"
"""The default policy, with a rate of pounds."""


def in_pounds(number: int, who: str, **more: Any) -> dict[str, Any]:
    """An order that the default policy refuses, since it has no rate of pounds."""
    pounds = {"order_id": f"o-{number}", "total": 10, "currency": "GBP"}
    return order(number, userId=who, properties=pounds, **more)


def letter(
    value: Any = None,
    *,
    partition: int = 3,
    offset: int = 17,
    at_ms: int = AT_MS,
    key: bytes | None = b"c-1",
    reason: str = DeadLetterReason.NO_EXCHANGE_RATE,
    source: str = topics.SHOP_EVENTS,
    **headers: str,
) -> DeadLetter:
    """A letter; `value` is bytes, or a message. Headers are named with underscores."""
    data = value if isinstance(value, bytes) else json.dumps(value or {}).encode()
    headers = {
        "reason": reason,
        "detail": "why",
        "source-topic": source,
        "source-partition": "5",
        "source-offset": "42",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    record = ConsumerRecord(
        topics.DEAD_LETTERS,
        partition,
        offset,
        at_ms,
        1,
        key,
        data,
        None,
        -1,
        len(data),
        tuple((name, text.encode()) for name, text in headers.items()),
    )
    return letter_in(record)
