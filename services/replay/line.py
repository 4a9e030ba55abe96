"""One line of a replay's file: what is sent, where to, and when it happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from schemas import topics
from schemas.contract import Moment
from services.replay.routing import profile_of, topic_of
from topology.domain.facts.instant import ZERO_TIMES_END, to_datetime

_EARLIEST: Final = to_datetime(ZERO_TIMES_END)

MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(Moment)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line as it will be sent. `at` is None if the line tells no time that can be true."""

    number: int
    value: bytes
    topic: str
    key: bytes | None
    at: datetime | None
    recognised: bool


def read_line(number: int, value: bytes, horizon: datetime) -> SourceLine:
    """Read a line. One that nobody recognises goes to the shop's topic, where the worker says why.

    `horizon` is the latest instant that can be true. Later ones, and the zeros of clocks, are the
    worker's to refuse, and must not set the replay's clock.
    """
    message = _object(value)
    topic = topic_of(message)
    profile = profile_of(message)
    at = _moment(message.get("timestamp"))
    return SourceLine(
        number=number,
        value=value,
        topic=topic or topics.SHOP_EVENTS,
        key=None if profile is None else profile.encode(),
        at=None if at is None or not _EARLIEST <= at <= horizon else at,
        recognised=topic is not None,
    )


def _object(value: bytes) -> dict[str, object]:
    try:
        said = from_json(value)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _moment(said: object) -> datetime | None:
    if not isinstance(said, str):
        return None
    try:
        return MOMENT.validate_strings(said)
    except ValidationError:
        return None
