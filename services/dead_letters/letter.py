"""A dead letter as it lies in its topic."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from aiokafka import ConsumerRecord

from schemas import dead_letter as headers
from schemas import topics
from schemas.messages.record_headers import received_in
from topology.agents.first_arrival import FirstPlace, first_place_in

_ID: Final = re.compile(r"(0|[1-9]\d{0,9})-(0|[1-9]\d{0,17})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN: Final = "unknown"
"""The reason of a record that says none: somebody else wrote it."""


class LetterId(NamedTuple):
    """Where a dead letter lies: written as PARTITION-OFFSET, such as 3-17."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


def letter_id_in(text: str) -> LetterId | None:
    """The id that a text is, None if it is none."""
    found = _ID.fullmatch(text)
    return None if found is None else LetterId(*map(int, found.groups()))


class Source(NamedTuple):
    """Where the message was refused: a topic, or a path of the API."""

    topic: str
    partition: int
    offset: int

    @property
    def is_topic(self) -> bool:
        """True if it is one of the three topics that anyone writes to."""
        return self.topic in topics.SOURCES

    def __str__(self) -> str:
        if self.topic.startswith("/"):
            return f"{self.topic} {self.offset}"
        return f"{self.topic} {self.partition}-{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. `at_ms` is when Kafka took it, in milliseconds since 1970."""

    id: LetterId
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    said: Mapping[str, str]
    """The headers as text."""

    @property
    def at(self) -> datetime:
        """When Kafka took it."""
        return moment_of(self.at_ms)

    @property
    def reason(self) -> str:
        """Why the message was refused, for programs."""
        return self.said.get(headers.REASON) or UNKNOWN

    @property
    def detail(self) -> str:
        """Why, in a sentence."""
        return self.said.get(headers.DETAIL, "")

    @property
    def source(self) -> Source:
        """Where the message was refused."""
        said = self.said
        return Source(
            said.get(headers.SOURCE_TOPIC, ""),
            _number(said.get(headers.SOURCE_PARTITION)) or 0,
            _number(said.get(headers.SOURCE_OFFSET)) or 0,
        )

    @property
    def is_cut(self) -> bool:
        """True if not all that was received is left."""
        return headers.CUT_TO in self.said or headers.KEY_CUT_TO in self.said

    @property
    def first_place(self) -> FirstPlace:
        """Where the message came first. What came over HTTP came first to this letter."""
        place = self.source if self.source.is_topic else (topics.DEAD_LETTERS, *self.id)
        return first_place_in(self.headers) or FirstPlace(*place)

    @property
    def received_ms(self) -> int:
        """When the message came first, in milliseconds since 1970."""
        received = received_in(self.headers)
        return self.at_ms if received is None else received


def moment_of(ms: int) -> datetime:
    """The instant of so many milliseconds since 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return _EPOCH


def letter_in(record: ConsumerRecord[bytes, bytes]) -> DeadLetter:
    """The dead letter that a record is, whoever wrote it."""
    found = tuple((name, value or b"") for name, value in record.headers)
    said = {name: value.decode(errors="replace") for name, value in found}
    return DeadLetter(
        LetterId(record.partition, record.offset),
        record.timestamp,
        record.key,
        record.value,
        found,
        MappingProxyType(said),
    )


def _number(said: str | None) -> int | None:
    if said is None or not (said.isascii() and said.isdigit()) or len(said) > len(str(2**48)):
        return None
    return int(said)
