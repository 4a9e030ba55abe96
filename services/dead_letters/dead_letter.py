"""One dead letter: its place, its headers, and the customers whom its message names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from aiokafka import ConsumerRecord

from schemas import dead_letter as headers
from schemas import topics
from schemas.messages.reading import parse
from schemas.messages.reading.message import profile_in
from schemas.messages.record_headers import received_in
from services.dead_letters.message_names import names_in_message
from topology.agents.received import FirstPlace, first_place_in

_ID: Final = re.compile(r"(0|[1-9]\d{0,9})-(0|[1-9]\d{0,17})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNKNOWN: Final = "unknown"
"""The reason of a record without one: another program wrote it."""


class LetterId(NamedTuple):
    """The place of a dead letter in its topic, written PARTITION-OFFSET, such as 3-17."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


def letter_id_in(text: str) -> LetterId | None:
    """Parse an id; None if the text is none."""
    found = _ID.fullmatch(text)
    return None if found is None else LetterId(*map(int, found.groups()))


class Source(NamedTuple):
    """Where the message was refused: a topic, or a path of the API."""

    topic: str
    partition: int
    offset: int

    @property
    def is_topic(self) -> bool:
        """Whether it is one of the three source topics."""
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
    header_texts: Mapping[str, str]
    """The headers as text."""

    @property
    def at(self) -> datetime:
        """When Kafka took it."""
        return datetime_of_ms(self.at_ms)

    @property
    def reason(self) -> str:
        """Why the message was refused, for programs."""
        return self.header_texts.get(headers.REASON) or UNKNOWN

    @property
    def detail(self) -> str:
        """Why, in a sentence."""
        return self.header_texts.get(headers.DETAIL, "")

    @property
    def source(self) -> Source:
        """Where the message was refused."""
        texts = self.header_texts
        return Source(
            texts.get(headers.SOURCE_TOPIC, ""),
            _number(texts.get(headers.SOURCE_PARTITION)) or 0,
            _number(texts.get(headers.SOURCE_OFFSET)) or 0,
        )

    @property
    def is_cut(self) -> bool:
        """Whether a part of the original key or value is missing."""
        return headers.CUT_TO in self.header_texts or headers.KEY_CUT_TO in self.header_texts

    @property
    def first_place(self) -> FirstPlace:
        """Where the message arrived first; a message over HTTP, at this letter."""
        place = self.source if self.source.is_topic else (topics.DEAD_LETTERS, *self.id)
        return first_place_in(self.headers) or FirstPlace(*place)

    @property
    def received_ms(self) -> int:
        """When the message arrived first, in milliseconds since 1970."""
        received = received_in(self.headers)
        return self.at_ms if received is None else received


def datetime_of_ms(ms: int) -> datetime:
    """Convert milliseconds since 1970; a number that is too large gives 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return _EPOCH


def letter_in(record: ConsumerRecord[bytes, bytes]) -> DeadLetter:
    """Read any record of the topic, whichever program wrote it."""
    found = tuple((name, value or b"") for name, value in record.headers)
    texts = {name: value.decode(errors="replace") for name, value in found}
    return DeadLetter(
        id=LetterId(record.partition, record.offset),
        at_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=found,
        header_texts=MappingProxyType(texts),
    )


def _number(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(2**48)):
        return None
    return int(text)


def customer_of(letter: DeadLetter) -> str | None:
    """The profile that the message names, else its key."""
    return profile_in(_message_in(letter)) or _key_of(letter)


def names_in(letter: DeadLetter) -> frozenset[str]:
    """Every name of a customer in the message, and its key."""
    return frozenset(filter(None, (*names_in_message(_message_in(letter)), _key_of(letter))))


def _message_in(letter: DeadLetter) -> dict[str, Any]:
    try:
        message = parse(letter.value or b"")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _key_of(letter: DeadLetter) -> str | None:
    try:
        return (letter.key or b"").decode() or None
    except UnicodeDecodeError:
        return None
