"""Transport: Faust's aiokafka transport, with one message for each partition and fetch.

So Faust's cost for each message (tasks, a lock, a queue, acks) arises once for each fetch.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.types import ServiceT

from topology.batching.completeness import Committed
from topology.batching.fetch import Fetch
from topology.batching.membership import leave_group
from topology.batching.offsets import fetch_offsets
from topology.batching.record import read_records

_FETCH_WAIT_MS = 100
_GATHER_MS = 20
_GATHER_BYTES = 64 * 1024
_IDLE_S = 1.0
_FETCH_S = 0.1
"""How long a resumed partition may wait for a fetch in progress without it."""


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread. Its fetches have the positions at which they start and end."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._positions: dict[TP, int] = {}
        self._epochs: dict[TP, int] = {}

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust hardcodes both; aiokafka reads them when the consumer starts.
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS
        consumer._isolation_level = "read_committed"
        return consumer

    async def on_start(self) -> None:
        """Start the consumer, and make it return `Record`s."""
        await super().on_start()
        read_records(self._ensure_consumer())

    async def on_thread_stop(self) -> None:
        """Leave the group at once, so that other members don't wait for the session timeout."""
        coordinator = self._consumer._coordinator if self._consumer is not None else None
        if coordinator is not None:
            await leave_group(coordinator)
        await super().on_thread_stop()

    async def fetch(self, active: set[TP], timeout: float) -> list[Fetch]:
        """Wait up to `timeout` seconds for records of the active partitions."""
        return await self.call_thread(self._fetch, active, timeout)  # type: ignore[no-any-return]

    async def _fetch(self, active: set[TP], timeout: float) -> list[Fetch]:
        consumer = self._ensure_consumer()
        records = await self._fetch_records(consumer, active, timeout=timeout)
        _gather(consumer, more=bool(records))
        fetches = []
        for tp in active & self._positions.keys():
            position = self._position(consumer, tp)
            start = self._positions[tp]
            # A position can move without records: past the marker of a transaction.
            if position is not None and (tp in records or position != start):
                got = records.get(tp, ())
                fetches.append(Fetch(tp, self._epochs[tp], start, position, got))
                self._positions[tp] = position
        return fetches

    def _position(self, consumer: AIOKafkaConsumer, tp: TP) -> int | None:
        subscription = consumer._subscription.subscription
        if subscription is None or subscription.assignment is None:
            return None
        place = TopicPartition(tp.topic, tp.partition)
        if place not in subscription.assignment.tps:
            return None
        state = subscription.assignment.state_value(place)
        return state.position if state.has_valid_position else None

    async def seek_to(self, offsets: Mapping[TP, int]) -> Mapping[TP, int]:
        """Seek, and return the epoch of each seek: earlier fetches have a lower epoch."""
        return await self.call_thread(self._seek_to, offsets)  # type: ignore[no-any-return]

    async def _seek_to(self, offsets: Mapping[TP, int]) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        for tp, offset in offsets.items():
            consumer.seek(TopicPartition(tp.topic, tp.partition), offset)
            self._positions[tp] = offset
            self._epochs[tp] = self._epochs.get(tp, 0) + 1
        return {tp: self._epochs[tp] for tp in offsets}

    async def refetch(self, fetches: Iterable[Fetch]) -> None:
        """Fetch these records again, unless there was a seek meanwhile."""
        await self.call_thread(self._refetch, fetches)

    async def _refetch(self, fetches: Iterable[Fetch]) -> None:
        consumer = self._ensure_consumer()
        for fetch in fetches:
            tp = fetch.tp
            if self._epochs[tp] == fetch.epoch and self._position(consumer, tp) == fetch.end:
                consumer.seek(TopicPartition(tp.topic, tp.partition), fetch.start)
                self._positions[tp] = fetch.start

    async def committed(self, tps: Iterable[TP]) -> Mapping[TP, Committed]:
        """Return the group's committed offset of each topic partition."""
        return await self.call_thread(self._committed, tuple(tps))  # type: ignore[no-any-return]

    async def _committed(self, tps: tuple[TP, ...]) -> Mapping[TP, Committed]:
        consumer = self._ensure_consumer()
        places = [TopicPartition(tp.topic, tp.partition) for tp in tps]
        first = await consumer.beginning_offsets(places)
        found = await fetch_offsets(consumer._coordinator, places)
        return {
            tp: Committed(first[place], found[place].offset, found[place].metadata)
            if place in found
            else Committed(first[place], None)
            for tp, place in zip(tps, places, strict=True)
        }

    async def ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return the last stable offset of each topic partition."""
        return await self.call_thread(self._ends, tuple(tps))  # type: ignore[no-any-return]

    async def _ends(self, tps: tuple[TP, ...]) -> Mapping[TP, int]:
        places = [TopicPartition(tp.topic, tp.partition) for tp in tps]
        ends = await self._ensure_consumer().end_offsets(places)
        return {TP(place.topic, place.partition): end for place, end in ends.items()}

    async def rejoin(self) -> None:
        """Ask the group for a new assignment."""
        await self.call_thread(self._rejoin)

    async def _rejoin(self) -> None:
        self._ensure_consumer()._coordinator.request_rejoin()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's watchdog checks acks, and there are none."""


def _gather(consumer: AIOKafkaConsumer, *, more: bool) -> None:
    """Set how long the broker gathers records for the next fetch.

    While records come, it waits for some more of them: a fetch costs about 1 ms of the worker's
    CPU time and as much of the broker's, and there would be one for each request of a sender.
    After an empty fetch the next one returns with the first record.
    """
    fetcher = consumer._fetcher
    fetcher._fetch_min_bytes = _GATHER_BYTES if more else 1
    fetcher._fetch_max_wait_ms = _GATHER_MS if more else _FETCH_WAIT_MS


class BatchConsumer(driver.Consumer):
    """Passes one message for each partition and fetch to the agent. Its value is a `Fetch`."""

    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._activity = asyncio.Event()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def control(self) -> BatchConsumerThread:
        """The consumer's seeks, offsets and group membership."""
        return self._thread

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Resume fetching from these partitions."""
        super().resume_partitions(set(tps))
        self._activity.set()

    def on_buffer_drop(self, tp: TP) -> None:
        """Resume fetching from a partition: its queue has room again."""
        super().on_buffer_drop(tp)
        self._activity.set()

    async def _drain_messages(self, fetcher: ServiceT) -> None:
        while not (self.should_stop or fetcher.should_stop):
            if not self.flow_active:
                await self.wait(self.can_resume_flow.wait())
                continue
            active = set(self._get_active_partitions())
            if not active:
                await self._wait_for_activity()
                continue
            fetches = await self._thread.fetch(active, timeout=_FETCH_S)
            for number, fetch in enumerate(fetches):
                if self._flow_was_stopped():
                    # If the new assignment's seek came first, nobody else would fetch them again.
                    await self._thread.refetch(fetches[number:])
                    break
                await self.wait_first(self.callback(self._message(fetch)), self.suspend_flow.wait())

    def _flow_was_stopped(self) -> bool:
        return not self.flow_active

    async def _wait_for_activity(self) -> None:
        self._activity.clear()
        await self.wait(self._activity.wait(), timeout=_IDLE_S)

    def _message(self, fetch: Fetch) -> ConsumerMessage:
        return ConsumerMessage(
            topic=fetch.tp.topic,
            partition=fetch.tp.partition,
            offset=fetch.start,
            timestamp=0.0,
            timestamp_type=0,
            headers=[],
            key=None,
            value=fetch,  # type: ignore[arg-type]
            checksum=None,
            tp=fetch.tp,
            generation_id=self.app.consumer_generation_id,
        )


class BatchTransport(driver.Transport):
    """Faust's transport with `BatchConsumer`."""

    Consumer: ClassVar[type[BatchConsumer]] = BatchConsumer
