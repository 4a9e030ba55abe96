"""The interface of an application: it turns records and due rows into changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from msgspec import Struct

from topology.batching.record import Record


class Output(Struct, frozen=True, gc=False):
    """A record to write. `partition` None is the partition that the batch came from."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


class Row(Struct, frozen=True, gc=False):
    """A row's new value (None removes it), and when it is due by the clock alone.

    `wake_at` is in microseconds since 1970; None is never.
    """

    value: bytes | None
    wake_at: int | None


@dataclass(slots=True)
class Changes:
    """All changes of one batch: written in one transaction, or not at all."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    dropped: int = 0
    """Dropped records: only counted."""
    handed_on: Mapping[int, int] = field(default_factory=dict)
    """How many of the outputs are for the sources themselves, by their hops (`Hops.handed_on`)."""
    processed: int | None = None
    """How many records, or due rows, went into it before the time was up; None if all did."""


def _no_time() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class BatchTime:
    """The time, as a batch sees it, in microseconds since 1970; and how long it may take."""

    clock: int
    """The instant that took effect last on this partition; 0 if none has."""
    now: int | None
    """The worker's time, or None if its clock has not started."""
    clock_at_open: int | None = None
    """The instant that had taken effect last when the partition was opened; None if none had."""
    monotonic: Callable[[], float] = _no_time
    """A clock that never goes back, in seconds."""
    deadline: float = inf
    """By that clock: the handler stops then, after one record at least, and sets `processed`."""


class BatchHandler(Protocol):
    """The application. Its methods are plain functions of their arguments, without any I/O."""

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        """Process records of one partition, in order. `Hops` follows what they hand on."""
        ...

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        """Process the rows that fall due up to the instant `until`, in the order of `keys`.

        What this puts out to a source counts there as if somebody had sent it.
        """
        ...

    def read_tick(self, record: Record) -> int | Output:
        """The instant in a record of the clock topic; or the output that refuses it."""
        ...

    def wake_at(self, key: bytes, value: bytes) -> int | None:
        """When a restored row is due."""
        ...
