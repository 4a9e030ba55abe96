"""One contestant's race: from the first commit of its group to the last."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from benchmarks.contestants.catalogue import Contestant
from benchmarks.environment.machine import CpuTimes, cpu_times, cpu_use
from benchmarks.environment.stage import Player, Stage, playing

_LOOK_EVERY_S = 0.05
_START_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """When a race ends: with so many events, or after so many seconds."""

    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one race gave. The shares are of all cores, during the race."""

    events_per_second: int
    cpu_seconds_per_million: float
    broker_cpu_seconds_per_million: float
    other_load: float
    stolen: float
    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far the group had come at one look."""

    committed: int
    times: CpuTimes


async def race(
    contestant: Contestant,
    on: Stage,
    group: str,
    limits: Limits,
    settings: Mapping[str, str] | None = None,
) -> Result:
    """Run a contestant as a process of its own until its group has committed the events."""
    own = {"STAMMKUNDE_APP_ID": group, "STAMMKUNDE_PARTITIONS": str(on.partitions)}
    settings = {**own, **(settings or {})}
    async with playing(on, group, contestant.command, settings, contestant.python) as player:
        return await measure([player], on, group, limits)


async def measure(players: list[Player], on: Stage, group: str, limits: Limits) -> Result:
    """Watch a group whose members are these players, from the first commit that is seen."""
    admin = AIOKafkaAdminClient(bootstrap_servers=on.kafka)
    await admin.start()
    try:
        watch = _Watch(players, on, group, admin)
        first = await watch.first()
        last = await watch.last(first, limits)
    finally:
        await admin.close()
    return _result(first, last)


class _Watch:
    """Looks at what a group has committed, again and again."""

    def __init__(
        self, players: list[Player], on: Stage, group: str, admin: AIOKafkaAdminClient
    ) -> None:
        self._players = players
        self._broker = on.broker_pid
        self._group = group
        self._admin = admin

    async def first(self) -> _Mark:
        """The first commit that there is."""
        async with asyncio.timeout(_START_WITHIN_S):
            while not (mark := await self._look()).committed:
                await asyncio.sleep(_LOOK_EVERY_S)
        return mark

    async def last(self, first: _Mark, limits: Limits) -> _Mark:
        """The commit that reaches the limit of events, or the last one before that of seconds."""
        last = mark = first
        while last.committed < limits.events:
            if mark.times.at - first.times.at > limits.seconds:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
            mark = await self._look()
            if mark.committed > last.committed:
                last = mark
        return last

    async def _look(self) -> _Mark:
        for player in self._players:
            await player.check()
        try:
            offsets = await self._admin.list_consumer_group_offsets(self._group)
        except GroupCoordinatorNotAvailableError:  # The broker makes the topic for it just now.
            offsets = {}
        committed = sum(max(int(place.offset), 0) for place in offsets.values())
        roles = {player.log.stem: player.pid for player in self._players}
        times = cpu_times(roles, self._broker)
        return _Mark(committed, times)


def _result(first: _Mark, last: _Mark) -> Result:
    events = last.committed - first.committed
    if not events:
        msg = "nothing more was committed after the first batch: take more orders or more time"
        raise RuntimeError(msg)
    use = cpu_use(first.times, last.times)
    return Result(
        events_per_second=round(events / use.seconds),
        cpu_seconds_per_million=round(use.measured / events * 1e6, 2),
        broker_cpu_seconds_per_million=round(use.broker / events * 1e6, 2),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
        events=events,
        seconds=round(use.seconds, 2),
    )
