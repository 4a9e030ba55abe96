"""Selects dead letters by reason, topic, time and customer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas import topics
from schemas.dead_letter import DeadLetterReason
from services.dead_letters.dead_letter import DeadLetter, names_in
from services.ingest.routing import TOPIC_OF_SOURCE

REASONS: Final = tuple(str(each) for each in DeadLetterReason)
TOPICS: Final = (*topics.SOURCES, topics.CLOCK, topics.JOINS)
TIME_FORMATS: Final = (
    "write an instant such as 2026-11-20T10:00:00Z, a day (UTC), or how long ago: 2h, 7d"
)
_AGO: Final = re.compile(r"(\d{1,6})(s|m|h|d|w)", re.ASCII)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAY: Final = len("2026-11-20")


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter over dead letters. A field that is None or empty lets every letter pass."""

    reasons: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    """Source topics, or paths of the API."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    customers: frozenset[str] = frozenset()

    def wants(self, letter: DeadLetter) -> bool:
        """Whether the letter passes the filter."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.source.topic in self.topics)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (not self.customers or not self.customers.isdisjoint(names_in(letter)))
        )


EVERYTHING: Final = Selection()


def known_reasons(names: Iterable[str]) -> frozenset[str]:
    """Check the names of reasons.

    Raises:
        ValueError: there is no such reason.
    """
    found = frozenset(names)
    if unknown := sorted(found - set(REASONS)):
        msg = f"there is no reason {unknown[0]!r}; there are {', '.join(REASONS)}"
        raise ValueError(msg)
    return found


def known_topics(names: Iterable[str]) -> frozenset[str]:
    """Check the names of sources: `shop` is short for shop.events.v1, /v1/batch is a path.

    Raises:
        ValueError: there is no such source.
    """
    found = frozenset(TOPIC_OF_SOURCE.get(each, each) for each in names)
    if unknown := sorted(each for each in found if each not in TOPICS and each[:1] != "/"):
        msg = f"there is no source {unknown[0]!r}; there are {', '.join(TOPICS)}, and paths"
        raise ValueError(msg)
    return found


def parse_time(text: str, now: datetime) -> datetime:
    """Parse an instant, a day, or an age such as 2h.

    Raises:
        ValueError: the text is none of these; the message says what to write.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            return now - int(ago[1]) * _UNITS[ago[2]]
        time = datetime.fromisoformat(text.strip())
        if time.tzinfo is None and len(text.strip()) == _DAY:
            time = time.replace(tzinfo=UTC)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(TIME_FORMATS)
