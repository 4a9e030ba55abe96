"""The cursor of a log, such as the triggers: for each partition, the offset of the next record.

Partitions commit in any order, so no single number could say what a reader has seen. The offsets
are Kafka's: a cursor stays valid when Redis is emptied, and ends with the topic that it was made
for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self

from services.read_model.opaque import Kind, OpaqueError, seal, unseal
from services.read_model.varint import read_varints, write_varints

TOPIC_GONE: Final = (
    "this cursor belongs to a topic that has been deleted since: start again without one"
)
_MARK: Final = 4


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reader is. A partition that is not named is read from its beginning."""

    topic_id: str
    """The id that Kafka gave the topic: it changes when the topic is deleted and created again."""
    offsets: Mapping[int, int]
    """The offset of the next trigger, by partition."""

    @classmethod
    def beginning(cls, topic_id: str) -> Self:
        """Before the first trigger of a topic."""
        return cls(topic_id, MappingProxyType({}))

    def at(self, partition: int) -> int:
        """The offset of the next trigger of a partition."""
        return self.offsets.get(partition, 0)

    def after(self, seen: Iterable[tuple[int, int]]) -> Self:
        """Where the reader is once it has seen these triggers, each a (partition, offset)."""
        offsets = dict(self.offsets)
        for partition, offset in seen:
            offsets[partition] = max(offsets.get(partition, 0), offset + 1)
        return type(self)(self.topic_id, MappingProxyType(offsets))

    def covers(self, other: Self) -> bool:
        """True if this one is nowhere before the other."""
        return all(self.at(partition) >= offset for partition, offset in other.offsets.items())

    def to_bytes(self) -> bytes:
        """The same cursor always gives the same bytes."""
        width = 1 + max(self.offsets, default=-1)
        return _mark(self.topic_id) + write_varints(self.at(each) for each in range(width))

    @classmethod
    def from_bytes(cls, body: bytes, topic_id: str) -> Self:
        """Read a cursor of the topic `topic_id`.

        Raises:
            OpaqueError: it belongs to a topic that is gone.
        """
        if body[:_MARK] != _mark(topic_id):
            raise OpaqueError(TOPIC_GONE)
        offsets = enumerate(read_varints(body[_MARK:]))
        return cls(topic_id, MappingProxyType({each: at for each, at in offsets if at}))

    def to_text(self) -> str:
        """URL-safe text. The same cursor always gives the same text."""
        return seal(Kind.TRIGGERS, self.to_bytes())

    @classmethod
    def from_text(cls, text: str, topic_id: str) -> Self:
        """Read a cursor of the topic `topic_id`.

        Raises:
            OpaqueError: the text is no cursor, or belongs to a topic that is gone.
        """
        return cls.from_bytes(unseal(Kind.TRIGGERS, text), topic_id)


def _mark(topic_id: str) -> bytes:
    return sha256(topic_id.encode()).digest()[:_MARK]
