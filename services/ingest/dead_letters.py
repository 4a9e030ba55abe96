"""Dead letters of what came over HTTP: the bytes as received, and why they were not taken."""

from typing import Final

from schemas import dead_letter as headers
from schemas import topics
from schemas.dead_letter import DeadLetterReason
from services.ingest.outlet import Record

_DETAIL: Final = 1_000
"""Characters of a detail that are kept: it may quote what a sender has sent."""


def dead_letter(
    value: bytes, reason: DeadLetterReason, detail: str, *, path: str, index: int
) -> Record:
    """The dead letter of a message, or of a whole body.

    Its source is the path, which no topic can be called, and the message's place in the request.
    """
    return Record(
        topics.DEAD_LETTERS,
        None,
        value,
        (
            (headers.REASON, reason.encode()),
            (headers.DETAIL, detail[:_DETAIL].encode(errors="replace")),
            (headers.SOURCE_TOPIC, path.encode()),
            (headers.SOURCE_PARTITION, b"0"),
            (headers.SOURCE_OFFSET, b"%d" % index),
        ),
    )
