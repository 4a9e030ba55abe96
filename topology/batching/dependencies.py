"""What a partition is given at start: the consumer, clocks, callbacks and the meter."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from faust.types import TP

from topology.batching.completeness import Committed
from topology.batching.meter import Meter, NoMeter


class ConsumerControl(Protocol):
    """The consumer's seeks, offsets and group membership."""

    async def seek_to(self, offsets: Mapping[TP, int]) -> Mapping[TP, int]:
        """Seek, and return the epoch of each seek."""
        ...

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        """Return the group's committed offset of each topic partition."""
        ...

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return the last stable offset of each topic partition."""
        ...

    async def rejoin(self) -> None:
        """Ask the group for a new assignment."""
        ...


class Flow(Protocol):
    """Pauses and resumes fetching."""

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Pause fetching from these partitions."""
        ...

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Resume fetching from these partitions."""
        ...

    def on_buffer_full(self, tp: TP) -> None:
        """Pause this partition: its queue is full."""
        ...

    def on_buffer_drop(self, tp: TP) -> None:
        """Resume this partition: its queue has room again."""
        ...


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What all partitions of a worker share."""

    control: ConsumerControl
    flow: Flow
    time: Callable[[], float]
    """The system clock, in seconds since 1970."""
    on_tick: Callable[[], None]
    """Called when a partition has read a tick of the clock topic."""
    meter: Meter = field(default_factory=NoMeter)
    on_commit: Callable[[], None] = lambda: None
    """Called when a partition has committed."""
    monotonic: Callable[[], float] = monotonic
    """A monotonic clock, in seconds."""
    batch_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a partition computes a batch, so that the event loop runs between two batches."""
