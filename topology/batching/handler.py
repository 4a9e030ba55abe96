"""The interface of an application: it computes changes from records and due rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from msgspec import Struct

from topology.batching.record import Headers, Record


class Output(Struct, frozen=True, gc=False):
    """A record to write. `partition` None: the batch's own partition."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


class Row(Struct, frozen=True, gc=False):
    """A row's new value (None removes it), and the instant at which it is due without a record.

    `wake_at` is in microseconds since 1970; None: never.
    """

    value: bytes | None
    wake_at: int | None


@dataclass(slots=True)
class Changes:
    """All changes of one batch. The worker writes them in one transaction."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    dropped: int = 0
    """The number of dropped records."""
    handed_on: Mapping[int, int] = field(default_factory=dict)
    """The number of outputs to the sources themselves, by hops (`Hops.handed_on`)."""
    processed: int | None = None
    """The number of records or due rows processed before the deadline; None: all of them."""


def _no_time() -> float:
    return 0.0


class BatchTime(Struct, frozen=True, gc=False):
    """The clocks of a batch, in microseconds since 1970, and its deadline."""

    clock: int
    """The instant that took effect last on this partition; 0: none."""
    now: int | None
    """The worker's time; None if its clock has not started."""
    clock_at_begin: int | None = None
    """The value of `clock` when the partition began with this handler; None: there was none."""
    monotonic: Callable[[], float] = _no_time
    """A monotonic clock, in seconds."""
    deadline: float = inf
    """By `monotonic`: the handler stops then, after at least one record, and sets `processed`."""


class BatchHandler(Protocol):
    """The application. Its methods are functions of their arguments, without I/O."""

    def on_records(
        self,
        partition: int,
        rows: Mapping[bytes, bytes],
        records: Sequence[Record],
        batch_time: BatchTime,
    ) -> Changes:
        """Process records of one partition, in order. `Hops` counts the outputs to the sources."""
        ...

    def on_due(
        self, rows: Mapping[bytes, bytes], keys: Sequence[bytes], until: int, batch_time: BatchTime
    ) -> Changes:
        """Process the rows that are due at the instant `until`, in the order of `keys`.

        An output to a source counts there like a record of a sender.
        """
        ...

    def read_tick(self, record: Record) -> int | Output:
        """Return the instant in a record of the clock topic, or an output that refuses it."""
        ...

    def wake_at(self, key: bytes, value: bytes) -> int | None:
        """Return the instant at which a restored row is due, or None."""
        ...
