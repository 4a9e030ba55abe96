"""Dead letters of messages that came over HTTP: the bytes as received, and the reason."""

import json
from datetime import datetime
from typing import Final

from schemas import dead_letter as headers
from schemas import topics
from schemas.dead_letter import DeadLetterReason
from schemas.messages.record_headers import received_header
from services.ingest.batch import Batch
from services.ingest.event_producer import Headers, Record
from topology.domain.history.instant import from_datetime

_DETAIL: Final = 1_000
"""Characters of a detail that are kept: it may quote the message."""

_CONTEXT: Final = 4_096
"""Bytes of a batch's context that each of its dead letters keeps; a larger one is left out."""

_NO_BATCH: Final = Batch(())


def dead_letter(  # noqa: PLR0913 - one for each field that is kept
    value: bytes,
    reason: DeadLetterReason,
    detail: str,
    *,
    path: str,
    index: int,
    received_at: datetime,
    batch: Batch = _NO_BATCH,
) -> Record:
    """The dead letter of a message, or of a whole body.

    Its source is the path, which is no name of a topic, and the message's place in the request. The
    fields that its batch has for every message go along, so that it can be tried again.
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
            received_header(from_datetime(received_at) // 1000),
            *_of_batch(batch),
        ),
    )


def _of_batch(batch: Batch) -> Headers:
    fields: list[tuple[str, bytes]] = []
    if batch.sent_at is not None:
        fields.append((headers.SENT_AT, batch.sent_at.isoformat().encode()))
    if batch.context:
        context = json.dumps(batch.context).encode()
        if len(context) <= _CONTEXT:
            fields.append((headers.CONTEXT, context))
    return tuple(fields)
