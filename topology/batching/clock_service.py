"""Reads instants, and what the sources hold at that moment, for the partitions of this worker."""

import asyncio

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP
from mode import Service

from topology.batching.batches import Tick
from topology.batching.config import BatchConfig
from topology.batching.ownership import Ownership
from topology.batching.partition import Partition

_log = structlog.get_logger(__name__)


class ClockService(Service):
    """Puts an instant to every partition that wants one: owned, restored, none under way.

    With the machine's clock that is once every `clock_interval`; with a clock topic, whenever a
    tick has come in.
    """

    def __init__(self, config: BatchConfig, ownership: Ownership) -> None:
        super().__init__()
        self._config = config
        self._ownership = ownership

    @Service.task
    async def _put_instants(self) -> None:
        while not self.should_stop:
            await self._wait_for_occasion()
            asking = [(each, each.tick) for each in self._ownership if each.wants_instant]
            if asking and not self.should_stop:
                await self._put(asking)

    async def _wait_for_occasion(self) -> None:
        if self._config.clock_topic is None:
            await self.sleep(self._config.clock_interval)
            return
        # A tick may come while an instant is under way: look again after a while.
        await self.wait(self._ownership.ticked.wait(), timeout=0.05)
        self._ownership.ticked.clear()

    async def _put(self, asking: list[tuple[Partition, Tick | None]]) -> None:
        at = self._ownership.now()
        tps = [TP(topic, each.number) for each, _ in asking for topic in self._config.sources]
        try:
            ends = await self._ownership.control.ends(tps)
        except (KafkaError, OSError) as error:
            _log.warning("can't read the sources' ends, trying again", reason=repr(error))
            await asyncio.sleep(self._config.clock_interval)
            return
        for partition, tick in asking:
            mine = {tp: end for tp, end in ends.items() if tp.partition == partition.number}
            partition.put_instant(at, mine, tick)
