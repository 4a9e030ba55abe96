"""One life of the projector: from finding the topics until something goes wrong."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from services.platform.run_until_first_exits import run_until_first_exits
from services.projector.erased import Erased
from services.projector.feed import Feed
from services.projector.followed import Followed, TombstonesMissedError
from services.projector.outages import Outages
from services.projector.rows_first import RowsFirst
from services.projector.sources import Sources, TopicsMissingError
from services.projector.tail import Tail
from services.read_model.progress import Progress
from services.read_model.retention import Retention
from services.read_model.store import Store

WAIT_MS: Final = 100
"""How long a round waits for records when it is quiet."""
REPORT_EVERY_S: Final = 0.25
LOOK_EVERY_S: Final = 0.5
"""How often Kafka is asked for the ends of its topics, and whether they are still the same."""
LOOK_TIMEOUT_S: Final = 5.0
TRIM_EVERY_S: Final = 60.0


class SourcesChangedError(Exception):
    """The topics are no longer those that the session began with."""


@dataclass(frozen=True, slots=True)
class Session:
    """The parts of one life: `kafka` is told when Kafka goes away and comes back."""

    feed: Feed
    store: Store
    retention: Retention
    outages: Outages
    now_ms: Callable[[], int]
    """The machine's time."""
    salt: bytes | None
    """What marks of erased names are made with."""
    log: FilteringBoundLogger
    beat: Callable[[], None]
    """Leaves a sign of life."""

    async def live(self) -> None:
        """Build or continue the read model, then follow Kafka for ever.

        Raises:
            TopicsMissingError: the topics are not there yet.
            ModelLostError: the read model was emptied, restored or taken over: live again.
            SourcesChangedError: topics were created anew, got more partitions, or have lost the
                records that come next, or perhaps some that came since: live again.
            KafkaError: Kafka is away.
            RedisError: Redis is away.
        """
        sources = await self.feed.sources()
        self.outages.kafka.back()
        self.outages.topics.back()
        tail = await self._resume(sources)
        followed = Followed(await self.store.followed_ms(), await self.feed.tombstones_kept_ms())
        progress = Progress()
        caught_up = asyncio.Event()
        try:
            followed.check(self.now_ms())
            await run_until_first_exits(
                self._watch(sources, progress),
                self._follow(tail, sources, progress, followed, caught_up),
                self._tidy(sources, caught_up),
            )
        except OffsetOutOfRangeError:
            await self._drop_unless_changed(sources)
            raise SourcesChangedError from None
        except TombstonesMissedError:
            self.log.warning("too_long_without_kafka")
            await self.store.drop()
            raise SourcesChangedError from None

    async def _drop_unless_changed(self, sources: Sources) -> None:
        if await self.feed.sources() == sources:
            self.log.warning("records_gone_from_topics")
            await self.store.drop()

    async def _resume(self, sources: Sources) -> Tail:
        built_from = await self.store.topics()
        if built_from != sources.ids:
            self._say_why_anew(built_from, sources)
            await self.store.begin(sources.ids, self.now_ms())
        stored = await self.store.offsets()
        offsets = {
            each: stored[sources.place(each)]
            for each in sources.partitions
            if sources.place(each) in stored
        }
        await self.feed.assign(sources.partitions, offsets)
        self.log.info("projector_started", partitions=len(sources.partitions), known=len(offsets))
        erased = Erased(self.salt, await self.store.tombstones())
        return Tail(self.store, sources, offsets, self.log, erased)

    def _say_why_anew(self, built_from: dict[str, str], sources: Sources) -> None:
        if built_from:
            changed = [name for name, each in sources.ids.items() if built_from.get(name) != each]
            self.log.warning("topics_created_anew", topics=changed)
        else:
            self.log.info("read_model_empty")

    async def _follow(
        self,
        tail: Tail,
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
                await tail.apply(found)
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
            await self.store.heartbeat(
                report.model_dump_json(),
                tail.expected(),
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
        await self.store.drop_other_versions()
        while True:
            try:
                beginnings = await self.feed.beginnings()
            except KafkaError:
                pass  # `_watch` says so
            else:
                await self.retention.trim(self.store, sources.names, beginnings)
            await asyncio.sleep(TRIM_EVERY_S)
