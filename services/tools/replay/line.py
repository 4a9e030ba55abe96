"""One line of a replay's file: what is sent, where to, and when it happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas import topics
from schemas.messages.reading import (
    TIME_FIELDS,
    Json,
    UnreadableTimeError,
    parse,
    parse_time,
    set_time,
)
from schemas.messages.reading.message import profile_in
from services.ingest.routing import topic_of
from topology.domain.history.instant import ZERO_TIMES_END, to_datetime

_EARLIEST: Final = to_datetime(ZERO_TIMES_END)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line as it will be sent. `at` is None if the line tells no time that can be true."""

    number: int
    value: bytes
    topic: str
    key: bytes | None
    at: datetime | None
    recognised: bool
    received: datetime | None = None
    """When it came to the first door: as nobody has noted that, when it was sent."""


def read_line(number: int, value: bytes, horizon: datetime) -> SourceLine:
    """Read a line. One that nobody recognises goes to the shop's topic, where the worker says why.

    `horizon` is the latest instant that can be true. Later ones, and the zeros of clocks, are the
    worker's to refuse, and must not set the replay's clock.
    """
    said = _object(value)
    topic, sent = topic_of(said), parse_time(said.get("sentAt"))
    profile, at = profile_in(said), _time_in(said, sent)
    return SourceLine(
        number=number,
        value=value,
        topic=topic or topics.SHOP_EVENTS,
        key=None if profile is None else profile.encode(errors="replace"),
        at=None if at is None or not _EARLIEST <= at <= horizon else at,
        recognised=topic is not None,
        received=sent,
    )


def _object(value: bytes) -> Json:
    try:
        said = parse(value)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _time_in(said: Json, sent: datetime | None) -> datetime | None:
    """When it happened: also of a message that is refused for another reason."""
    told = {name: said.get(name) for name in TIME_FIELDS}
    try:
        set_time(told, sent, lambda _: None)
    except UnreadableTimeError:
        return None
    return parse_time(told.get("timestamp")) or sent
