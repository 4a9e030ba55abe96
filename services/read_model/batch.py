"""What a batch of records of one partition changes in the read model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from topology.domain.history.instant import Instant


class Record(Protocol):
    """A record as Kafka's consumer gives it. `timestamp` is the broker's, in milliseconds."""

    @property
    def key(self) -> bytes | None:
        """The key."""

    @property
    def value(self) -> bytes | None:
        """The value, None for a removed row."""

    @property
    def offset(self) -> int:
        """Where it lies in its partition."""

    @property
    def timestamp(self) -> int:
        """When the broker appended it."""


class Unreadable(NamedTuple):
    """A record that is none of ours, and why."""

    offset: int
    reason: str


class RowChange(NamedTuple):
    """A customer's row, `stored` empty if it was removed, and the groups it is in, one a line.

    Without groups it is no row, but says where a name has gone: it is found, and not listed.
    """

    customer_id: bytes
    stored: bytes
    places: str


class ErasureTombstone(NamedTuple):
    """A name was erased: nothing of it counts that happened at `at` or before, in microseconds."""

    tombstone: bytes
    at: Instant
    salt: bytes
    """The fingerprint of the salt that it was made with."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows, the last of each customer; `clock` in microseconds, None if unchanged."""

    partition: int
    rows: Sequence[RowChange]
    clock: int | None
    unreadable: Sequence[Unreadable]
    tombstones: Sequence[ErasureTombstone] = ()


class HistoryEntry(NamedTuple):
    """A transition or trigger. `appended_ms` is the broker's time, `body` the JSON as it came.

    `effective_at` is in microseconds.
    """

    customer_id: str
    rule: str
    """Empty for a transition."""
    offset: int
    appended_ms: int
    body: bytes
    effective_at: Instant


@dataclass(frozen=True, slots=True)
class HistoryBatch:
    """Transitions or triggers, in the order of their offsets."""

    partition: int
    entries: Sequence[HistoryEntry]
    unreadable: Sequence[Unreadable]
