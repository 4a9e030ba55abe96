"""One life of the projector: from finding the topics until something goes wrong."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from schemas.topics import DAY_MS, HELD, TRANSITIONS, TRIGGERS, catalogue
from services.platform.outage import Outage
from services.platform.tasks import run_until_first_exits
from services.projector.feed import Feed
from services.projector.progress import Followed, Progress, TombstonesMissedError
from services.projector.projection import ErasedNames, Projection
from services.projector.sources import SourceNames, Sources, TopicsMissingError
from services.read_model import trim
from services.read_model.writer import Writer

WAIT_MS: Final = 100
"""How long a round waits for records when it is quiet."""
REPORT_EVERY_S: Final = 0.25
LOOK_EVERY_S: Final = 0.5
"""How often the session asks Kafka for its topics and their ends."""
LOOK_TIMEOUT_S: Final = 5.0
TRIM_EVERY_S: Final = 60.0


class SourcesChangedError(Exception):
    """The topics are no longer those that the session began with."""


@dataclass(frozen=True, slots=True)
class Outages:
    """The outages that the projector waits for."""

    kafka: Outage
    redis: Outage
    topics: Outage
    turn: Outage
    """Another projector is at work."""

    @classmethod
    def of(cls, log: FilteringBoundLogger) -> Self:
        """Nothing is away yet."""
        return cls(*(Outage(log, name) for name in ("kafka", "redis", "topics", "turn")))


@dataclass(frozen=True, slots=True)
class RowsFirst:
    """Transitions and triggers wait until the rows have been read to where they ended at the start.

    The rows name the erased, and those must be known before anything of them arrives. Kafka may
    have forgotten by then that it removed a row, but never the erasure tombstone of its name.
    """

    feed: Feed
    ends: Mapping[TopicPartition, int]

    @classmethod
    async def of(cls, feed: Feed, names: SourceNames) -> Self:
        """Let transitions and triggers wait."""
        feed.pause({names.transitions, names.triggers, names.held})
        ends = await feed.ends()
        return cls(feed, {each: end for each, end in ends.items() if each.topic == names.rows})

    async def is_over(self) -> bool:
        """True once the rows have been read; then transitions and triggers go on."""
        positions = await self.feed.positions()
        if any(positions[each] < end for each, end in self.ends.items()):
            return False
        self.feed.resume()
        return True


def _retention_ms(topic: str) -> int:
    days = next(each.retention_days for each in catalogue("any") if each.name == topic)
    return (days or 0) * DAY_MS


@dataclass(frozen=True, slots=True)
class Retention:
    """How long Kafka keeps transitions, triggers and held ones, by the broker's time.

    The read model forgets them then, too: one that is built again would not have them either.
    """

    transitions_ms: int = _retention_ms(TRANSITIONS)
    triggers_ms: int = _retention_ms(TRIGGERS)
    held_ms: int = _retention_ms(HELD)

    async def trim(
        self, writer: Writer, names: SourceNames, beginnings: Mapping[TopicPartition, int]
    ) -> None:
        """Remove those that are too old, or lie before their partition's beginning in Kafka."""
        now_ms = int(time.time() * 1000)
        for (topic, partition), first in beginnings.items():
            if topic == names.transitions:
                await writer.trim(trim.transitions, partition, now_ms - self.transitions_ms, first)
            elif topic == names.triggers:
                await writer.trim(trim.triggers, partition, now_ms - self.triggers_ms, first)
            elif topic == names.held:
                await writer.trim(trim.held, partition, now_ms - self.held_ms, first)


@dataclass(frozen=True, slots=True)
class Session:
    """The dependencies of one life of the projector."""

    feed: Feed
    writer: Writer
    retention: Retention
    outages: Outages
    now_ms: Callable[[], int]
    """The machine's time."""
    salt: bytes | None
    """The salt of the erasure tombstones."""
    log: FilteringBoundLogger
    beat: Callable[[], None]
    """Leaves a sign of life."""

    async def live(self) -> None:
        """Build or continue the read model, then follow Kafka for ever.

        Raises:
            TopicsMissingError: the topics are not there yet.
            ModelLostError: the read model was emptied, restored or taken over: live again.
            SourcesChangedError: topics were created again, got more partitions, or have lost the
                next records, or perhaps tombstones: live again.
            KafkaError: Kafka is away.
            ReadModelAwayError: Redis is away.
        """
        sources = await self.feed.sources()
        self.outages.kafka.back()
        self.outages.topics.back()
        projection = await self._resume(sources)
        followed = Followed(await self.writer.followed_ms(), await self.feed.tombstones_kept_ms())
        progress = Progress()
        caught_up = asyncio.Event()
        try:
            followed.check(self.now_ms())
            await run_until_first_exits(
                self._watch(sources, progress),
                self._follow(projection, sources, progress, followed, caught_up),
                self._tidy(sources, caught_up),
            )
        except OffsetOutOfRangeError:
            await self._drop_unless_changed(sources)
            raise SourcesChangedError from None
        except TombstonesMissedError:
            self.log.warning("too_long_without_kafka")
            await self.writer.drop()
            raise SourcesChangedError from None

    async def _drop_unless_changed(self, sources: Sources) -> None:
        if await self.feed.sources() == sources:
            self.log.warning("records_gone_from_topics")
            await self.writer.drop()

    async def _resume(self, sources: Sources) -> Projection:
        built_from = await self.writer.topics()
        if built_from != sources.ids:
            self._log_rebuild(built_from, sources)
            await self.writer.begin(sources.ids, self.now_ms())
        stored = await self.writer.offsets()
        offsets = {
            each: stored[sources.place(each)]
            for each in sources.partitions
            if sources.place(each) in stored
        }
        await self.feed.assign(sources.partitions, offsets)
        self.log.info("projector_started", partitions=len(sources.partitions), known=len(offsets))
        erased = ErasedNames(self.salt, await self.writer.tombstones())
        return Projection(self.writer, sources, offsets, self.log, erased)

    def _log_rebuild(self, built_from: dict[str, str], sources: Sources) -> None:
        if built_from:
            changed = [name for name, each in sources.ids.items() if built_from.get(name) != each]
            self.log.warning("topics_created_anew", topics=changed)
        else:
            self.log.info("read_model_empty")

    async def _follow(
        self,
        projection: Projection,
        sources: Sources,
        progress: Progress,
        followed: Followed,
        caught_up: asyncio.Event,
    ) -> None:
        reported_at, reached_at = 0.0, None
        rows_first: RowsFirst | None = await RowsFirst.of(self.feed, sources.names)
        while True:
            found = await self.feed.next_round(WAIT_MS)
            if found:
                await projection.apply(found)
            if rows_first is not None and await rows_first.is_over():
                rows_first = None
            now = time.monotonic()
            if now - reported_at < REPORT_EVERY_S:
                continue
            self.beat()
            report = progress.report(await self.feed.positions(), now)
            if report.behind_s is not None and progress.reached_at != reached_at:
                reached_at = progress.reached_at
                followed = followed.again(report.behind_s, self.now_ms())
            built = report.behind_s is not None
            await self.writer.heartbeat(
                report,
                projection.expected(),
                followed.at_ms,
                built_of=sources.rows_partitions if built else None,
            )
            reported_at = now
            if built and not caught_up.is_set():
                caught_up.set()
                self.log.info("read_model_ready")

    async def _watch(self, sources: Sources, progress: Progress) -> None:
        while True:
            asked_at = time.monotonic()
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    if await self.feed.sources() != sources:
                        raise SourcesChangedError
                    progress.saw_ends(await self.feed.ends(), asked_at)
            except TopicsMissingError:
                raise
            except (KafkaError, TimeoutError) as error:
                self.outages.kafka.away(str(error) or type(error).__name__)
            else:
                self.outages.kafka.back()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tidy(self, sources: Sources, caught_up: asyncio.Event) -> None:
        await caught_up.wait()
        await self.writer.drop_other_versions()
        while True:
            try:
                beginnings = await self.feed.beginnings()
            except KafkaError:
                pass  # `_watch` logs it.
            else:
                await self.retention.trim(self.writer, sources.names, beginnings)
            await asyncio.sleep(TRIM_EVERY_S)
