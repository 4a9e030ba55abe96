"""Dead letters: the bytes as received, and why they were not taken."""

from typing import Final, NamedTuple

from schemas import dead_letter as headers
from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import QUIET, received_header
from topology.agents.received import received_ms
from topology.agents.sizes import Limits
from topology.batching.handler import Output
from topology.batching.record import Record


class Refusal(NamedTuple):
    """Why a record is not taken: a code for programs, and a sentence for people."""

    reason: DeadLetterReason
    detail: str


_DETAIL: Final = 1_000
"""Characters of a detail that are kept: it may quote what a producer has sent."""

_KEPT: Final = frozenset({QUIET, headers.RETRY_OF})
"""Headers as received, without which a message that is tried again would have another outcome."""


def dead_letter(record: Record, refusal: Refusal, limits: Limits) -> Output:
    """The dead letter of a record, cut if its topic does not take all of it."""
    letter = Output(
        topics.DEAD_LETTERS,
        record.key,
        record.value,
        (
            (headers.REASON, refusal.reason.encode()),
            (headers.DETAIL, refusal.detail[:_DETAIL].encode(errors="replace")),
            (headers.SOURCE_TOPIC, record.topic.encode()),
            (headers.SOURCE_PARTITION, str(record.partition).encode()),
            (headers.SOURCE_OFFSET, str(record.offset).encode()),
            received_header(received_ms(record)),
            *((name, value) for name, value in record.headers if name in _KEPT),
        ),
    )
    return limits.cut(letter)
