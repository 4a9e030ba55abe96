"""What a partition needs of the world around it, passed in."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from faust.types import TP

from topology.batching.completeness import Committed
from topology.batching.meter import Meter, NoMeter


class ConsumerControl(Protocol):
    """Seeks, offsets and the group."""

    async def seek_to(self, offsets: Mapping[TP, int]) -> Mapping[TP, int]:
        """Seek, and return the epoch of each seek."""
        ...

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        """What the group has committed of each topic partition."""
        ...

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """The offsets after the last committed record of each topic partition."""
        ...

    async def rejoin(self) -> None:
        """Ask the group for a new assignment."""
        ...


class Flow(Protocol):
    """Where fetching is paused and resumed."""

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch nothing from these."""
        ...

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch from these again."""
        ...

    def on_buffer_full(self, tp: TP) -> None:
        """Too much waits for this one."""
        ...

    def on_buffer_drop(self, tp: TP) -> None:
        """There is room again for this one."""
        ...


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The world around the partitions."""

    control: ConsumerControl
    flow: Flow
    time: Callable[[], float]
    """The machine's time, in seconds since 1970."""
    on_tick: Callable[[], None]
    """Called when a partition has read a tick of the clock topic."""
    meter: Meter = field(default_factory=NoMeter)
    on_commit: Callable[[], None] = lambda: None
    """Called when a partition has committed."""
    monotonic: Callable[[], float] = monotonic
    """A clock that never goes back, in seconds."""
    batch_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Who has it works on a batch: else all partitions would, one after the other, in one go."""
