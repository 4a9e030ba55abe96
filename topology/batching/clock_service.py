"""Clock service: reads instants, and schedules them once no partition is behind."""

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Final

import structlog
from faust.types import TP
from mode import Service

from topology.batching.clock import Tick
from topology.batching.clock_hold_ups import ClockHoldUps
from topology.batching.completeness import read_handed_on
from topology.batching.config import BatchConfig
from topology.batching.handlers import Handlers
from topology.batching.offset_client import OffsetClient
from topology.batching.ownership import Ownership
from topology.batching.partition import Partition
from topology.batching.rounds import Gap, PartitionProgress, Rounds, Step

_log = structlog.get_logger(__name__)

_POLL_S: Final = 0.1
"""How often the service reads the committed offsets of other workers' partitions."""
_HANDLERS_POLL_S: Final = 0.02
"""How often the service checks whether the handlers are known."""
_BEGINNINGS_S: Final = 1.0
"""How often the service checks whether the records that it waits for were deleted."""
_REPORTED: Final = 8
"""A warning names at most this number of topic partitions."""


class ClockService(Service):
    """Schedules an instant on each partition that accepts one: owned, restored, none pending.

    With the system clock it does so every `clock_interval`; with a clock topic, after each tick.
    `offsets` reads high watermarks and the group's committed offsets.
    """

    def __init__(
        self,
        config: BatchConfig,
        ownership: Ownership,
        offsets: OffsetClient,
        hold_ups: ClockHoldUps,
        handlers: Handlers,
    ) -> None:
        super().__init__()
        self._handlers = handlers
        self._decided = 0
        """The end of what decides about the handlers, when the instant had been read."""
        self._config = config
        self._ownership = ownership
        self._offsets = offsets
        self._hold_ups = hold_ups
        self._sources = tuple(
            TP(topic, number) for number in range(config.partitions) for topic in config.sources
        )
        self._others: dict[int, PartitionProgress] = {}
        self._next_instant = self._next_poll = self._next_beginnings = 0.0

    @Service.task
    async def _schedule_instants(self) -> None:
        while not self.should_stop:
            await self._wait_for_next_instant()
            accepting = [(each, each.tick) for each in self._ownership if each.accepts_instant]
            if accepting and not self.should_stop:
                await self._schedule(accepting)
            elif not self._ownership.assigned:
                self._hold_ups.observe(())

    async def on_stop(self) -> None:
        """Close the connection."""
        await self._offsets.close()

    async def _wait_for_next_instant(self) -> None:
        if self._config.clock_topic is None:
            await self.sleep(max(0.0, self._next_instant - monotonic()))
            self._next_instant = monotonic() + self._config.clock_interval
            return
        # A tick may arrive while an instant is pending: check again after the timeout.
        await self.wait(self._ownership.ticked.wait(), timeout=0.05)
        self._ownership.ticked.clear()

    async def _schedule(self, accepting: list[tuple[Partition, Tick | None]]) -> None:
        at, rounds = self._ownership.now(), Rounds()
        self._next_beginnings = monotonic() + _BEGINNINGS_S
        while any(each.accepts_instant for each, _ in accepting) and not self.should_stop:
            if await self._take_step(rounds):
                for partition, tick in accepting:
                    number = partition.number
                    mine = {tp: end for tp, end in rounds.ends.items() if tp.partition == number}
                    partition.schedule_instant(at, mine, tick)
                return

    async def _take_step(self, rounds: Rounds) -> bool:
        """Take the next step of the rounds; True if it was the last step."""
        self._ownership.progressed.clear()
        by_partition = await self._progress_by_partition()
        if by_partition is None:
            return await self._wait_for_brokers("how far the group has come")
        step = rounds.observe(by_partition)
        if step is Step.READ_ENDS:
            ends = await self._read_ends()
            if ends is None:
                return await self._wait_for_brokers("where the sources end")
            rounds.start_round(ends)
            return False
        self._hold_ups.observe({tp.partition for tp in rounds.behind})
        if step is Step.DONE:
            return await self._knows_handlers()
        self._warn_of_hold_ups(rounds.behind)
        await self._wait_for_progress(rounds)
        return False

    async def _read_ends(self) -> Mapping[TP, int] | None:
        """Read the ends of the sources, and of what decides about the handlers."""
        place = self._handlers.decided_in
        ends = await self._offsets.end_offsets(
            self._sources if place is None else (*self._sources, place)
        )
        if ends is None or place is None:
            return ends
        self._decided = ends[place]
        return {tp: end for tp, end in ends.items() if tp != place}

    async def _knows_handlers(self) -> bool:
        """True if this worker knows each handler that had been decided on before the instant.

        Else the instant could pass the one at which a handler takes over.
        """
        if self._handlers.position >= self._decided:
            return True
        await self.sleep(_HANDLERS_POLL_S)
        return False

    async def _wait_for_brokers(self, what: str) -> bool:
        """Wait for brokers that do not answer, and return False: the rounds are not done."""
        if not self.should_stop:
            _log.warning("the clock waits for brokers that do not answer", what=what)
            await self.sleep(self._config.clock_interval)
        return False

    def _warn_of_hold_ups(self, behind: Mapping[TP, Gap]) -> None:
        """Log a warning about partitions that have held up the clock for too long."""
        held = self._hold_ups.to_report()
        if not held:
            return
        late = [(tp, gap) for tp, gap in sorted(behind.items()) if tp.partition in held]
        positions = [
            f"{tp.topic}-{tp.partition} is at {at} of {end}" for tp, (at, end) in late[:_REPORTED]
        ]
        more = [f"and {len(late) - _REPORTED} more"] if len(late) > _REPORTED else []
        _log.warning(
            "partitions hold up the clock of all others",
            partitions=sorted(held),
            seconds=round(max(held.values())),
            positions="; ".join(positions + more),
        )

    async def _wait_for_progress(self, rounds: Rounds) -> None:
        await self.wait(self._ownership.progressed.wait(), timeout=_POLL_S)
        if rounds.behind and monotonic() >= self._next_beginnings:
            self._next_beginnings = monotonic() + _BEGINNINGS_S
            rounds.set_beginnings(await self._offsets.beginning_offsets(rounds.behind) or {})

    async def _progress_by_partition(self) -> Mapping[int, PartitionProgress] | None:
        """The progress of all partitions: ours from memory, others from committed offsets."""
        ours = {each.number: each.progress for each in self._ownership if each.is_ready}
        others = [tp for tp in self._sources if tp.partition not in ours]
        if others and not await self._fetch_progress(others):
            return None
        return {**self._others, **ours}

    async def _fetch_progress(self, others: Iterable[TP]) -> bool:
        """Read committed offsets, unless they were just read; False if no broker answers."""
        if monotonic() < self._next_poll and self._others.keys() >= {tp.partition for tp in others}:
            return True
        found = await self._offsets.committed(others)
        if found is None:
            return False
        self._next_poll = monotonic() + _POLL_S
        by_partition: dict[int, dict[TP, tuple[int, str]]] = {tp.partition: {} for tp in others}
        for tp, each in found.items():
            by_partition[tp.partition][tp] = each.offset, each.metadata
        self._others = {
            number: PartitionProgress(
                {tp: offset for tp, (offset, _) in each.items()},
                read_handed_on(note for _, note in each.values()),
            )
            for number, each in by_partition.items()
        }
        return True
