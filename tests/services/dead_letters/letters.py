"""Dead letters as tests need them."""

import json
from typing import Any

from aiokafka import ConsumerRecord

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from services.dead_letters.dead_letter import DeadLetter, letter_in

AT_MS = 1_790_000_000_000
"""When Kafka took them, unless a test says otherwise: in September 2026."""


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
    said = {
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
        tuple((name, text.encode()) for name, text in said.items()),
    )
    return letter_in(record)
