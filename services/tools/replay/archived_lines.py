"""The records of an archive as lines of a replay: as they were, and with when and where they came.

The headers of a record that is written again say both. So the workers call a message without an id
by its first place, and one without a timestamp happened when it first came.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.dead_letter import RETRY_OF
from schemas.messages.record_headers import QUIET_HEADER, RECEIVED, is_quiet, received_header
from services.archive.reading import Placed
from services.archive.record_names import content_of
from services.tools.replay.source_lines import SourceLine
from topology.agents.received import FirstPlace
from topology.agents.record_router import FORWARDED

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Survey:
    """What has to be known of all records before the first one is sent."""

    end: datetime
    """When the last one came: the clock of the replay ends there."""
    forwarded: frozenset[str]
    """The places of records of which a worker has forwarded a copy to another partition."""


def survey(placed: Iterable[Placed]) -> Survey:
    """Read all records once."""
    last_ms, forwarded = 0, set[str]()
    for each in placed:
        last_ms = each.timestamp
        origin = dict(each.record.headers).get(FORWARDED)
        if origin is not None:
            forwarded.add(origin.decode(errors="replace"))
    return Survey(_EPOCH + timedelta(milliseconds=last_ms + 1), frozenset(forwarded))


def archived_lines(
    placed: Iterable[Placed], max_age: timedelta | None, forwarded: Container[str]
) -> Iterator[SourceLine]:
    """Return a line for each record that counted: not for one of which a copy was forwarded.

    A record that was older than the policy's `max_age` when it came sent nothing, and is marked so
    that it sends nothing now.
    """
    for number, each in enumerate(placed, start=1):
        record, partition = each.record, each.partition
        place = FirstPlace(partition.topic, partition.number, record.offset)
        if record.value is None or str(place) in forwarded:
            continue
        at = _EPOCH + timedelta(milliseconds=each.timestamp)
        content = content_of(partition.topic, record.value)
        headers = [(name, value or b"") for name, value in record.headers if name != FORWARDED]
        given = {name for name, _ in headers}
        if RETRY_OF not in given:
            headers.append(place.header())
        if RECEIVED not in given:
            headers.append(received_header(record.timestamp))
        happened = content.occurred_at
        is_old = max_age is not None and happened is not None and at - happened > max_age
        if is_old and not is_quiet(headers):
            headers.append(QUIET_HEADER)
        yield SourceLine(
            number=number,
            value=record.value,
            topic=partition.topic,
            key=record.key,
            at=at,
            recognised=content.kind is not None,
            headers=tuple(headers),
        )
