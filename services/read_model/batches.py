"""Batches: what the records of one partition change in the read model, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from topology.domain.history.instant import Instant


class Step(NamedTuple):
    """The step of a partition that a batch takes, from one offset to the next."""

    place: str
    """`role:partition`."""
    expected: int | None
    """Where the read model is now; None if it has nothing of the partition yet."""
    following: int
    """The offset after the batch."""


class Unreadable(NamedTuple):
    """A record that can't be read, and the reason."""

    offset: int
    reason: str


class RowChange(NamedTuple):
    """The row of a profile, `stored` empty if it was removed, and its groups, one a line.

    An entry without groups is no row: it says where a name has gone. The API finds it, and does
    not list it.
    """

    profile: bytes
    stored: bytes
    groups: str


class ErasureTombstone(NamedTuple):
    """A name was erased: nothing of it counts that happened at `at` or before."""

    tombstone: bytes
    at: Instant
    salt: bytes
    """The fingerprint of the salt that made the tombstone."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Changed rows, the last of each profile. `clock` is None if it is unchanged."""

    partition: int
    rows: Sequence[RowChange]
    clock: Instant | None
    unreadable: Sequence[Unreadable]
    tombstones: Sequence[ErasureTombstone] = ()


class OutputRecord(NamedTuple):
    """A transition or trigger that the worker has written.

    `appended_ms` is the broker's time, `body` the JSON as it came.
    """

    customer_id: str
    rule: str
    """Empty for a transition."""
    offset: int
    appended_ms: int
    body: bytes
    effective_at: Instant


@dataclass(frozen=True, slots=True)
class OutputBatch:
    """Transitions or triggers, in the order of their offsets."""

    partition: int
    records: Sequence[OutputRecord]
    unreadable: Sequence[Unreadable]


class HeldRecord(NamedTuple):
    """A held trigger, or a decision on it, that the worker has written."""

    trigger_id: str
    customer_id: str
    rule: str
    reason: str
    status: str
    offset: int
    appended_ms: int
    body: bytes
    effective_at: Instant


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """Held triggers and decisions on them, in the order of their offsets."""

    partition: int
    records: Sequence[HeldRecord]
    unreadable: Sequence[Unreadable]
