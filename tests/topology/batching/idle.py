"""A fake consumer that fetches nothing, for tests without a group."""

from collections.abc import Iterable, Mapping
from itertools import count

from faust.types import TP

from topology.batching.completeness import Committed


class Consumer:
    """A fake consumer: all offsets are at the beginning, and it fetches nothing."""

    def __init__(self) -> None:
        self.rejoins = 0
        self.sought: list[Mapping[TP, int]] = []
        self._epochs = count(1)

    async def seek_to(self, offsets: Mapping[TP, int]) -> Mapping[TP, int]:
        self.sought.append(dict(offsets))
        return {tp: next(self._epochs) for tp in offsets}

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        return dict.fromkeys(tps, Committed(0, 0))

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 0)

    async def rejoin(self) -> None:
        self.rejoins += 1

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Do nothing: it fetches nothing."""

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Do nothing: it fetches nothing."""

    def on_buffer_full(self, tp: TP) -> None:
        """Do nothing: it fetches nothing."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Do nothing: it fetches nothing."""
