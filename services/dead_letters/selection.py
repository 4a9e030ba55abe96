"""Which dead letters are wanted."""

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
HOW: Final = "write an instant such as 2026-11-20T10:00:00Z, a day (UTC), or how long ago: 2h, 7d"
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
    """Which are wanted. What is None or empty asks nothing."""

    reasons: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    """Source topics, or paths of the API."""
    since: datetime | None = None
    until: datetime | None = None
    """This instant is not among it."""
    customers: frozenset[str] = frozenset()

    def wants(self, letter: DeadLetter) -> bool:
        """True if this one is wanted."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.topics or letter.source.topic in self.topics)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (not self.customers or not self.customers.isdisjoint(names_in(letter)))
        )


EVERYTHING: Final = Selection()


def known_reasons(said: Iterable[str]) -> frozenset[str]:
    """The reasons, as they were said.

    Raises:
        ValueError: there is no such reason.
    """
    found = frozenset(said)
    if unknown := sorted(found - set(REASONS)):
        msg = f"there is no reason {unknown[0]!r}; there are {', '.join(REASONS)}"
        raise ValueError(msg)
    return found


def known_topics(said: Iterable[str]) -> frozenset[str]:
    """The source topics: `shop` is short for shop.events.v1, and /v1/batch is a path.

    Raises:
        ValueError: there is no such source.
    """
    found = frozenset(TOPIC_OF_SOURCE.get(each, each) for each in said)
    if unknown := sorted(each for each in found if each not in TOPICS and each[:1] != "/"):
        msg = f"there is no source {unknown[0]!r}; there are {', '.join(TOPICS)}, and paths"
        raise ValueError(msg)
    return found


def moment_in(text: str, now: datetime) -> datetime:
    """The instant that a text means.

    Raises:
        ValueError: it means none; the text says what to write.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            return now - int(ago[1]) * _UNITS[ago[2]]
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None and len(text.strip()) == _DAY:
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(HOW)
