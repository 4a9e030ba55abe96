"""Runs the role `archive`: connects everything, and archives until it is stopped."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import structlog
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from schemas.topics import ERASURES, Topic, catalogue
from services.archive.erased_people import Salted
from services.archive.file_writer import FileWriter, ShortestRetention
from services.archive.metrics import ArchiveMetrics
from services.archive.resume import ARCHIVED, ArchiveAheadError
from services.archive.session import Pace, PartitionsChangedError, Session
from services.archive.sharing import PlaceSharedError
from services.archive.store import Store, location_of, store_at
from services.platform.compacted.table import CompactedTable
from services.platform.erasure_salt import salt_of
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.clients import connected_admin, connected_consumer
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.kafka.topics.existing import settings_of
from services.platform.metrics import serving_metrics
from services.platform.outage import Backoff, Outage
from services.platform.settings import Settings
from services.platform.tasks import until_stopped
from topology.batching.security import OPEN, KafkaSecurity

CLIENT_ID: Final = "stammkunde-archive"
AGAIN_AFTER_S: Final = 8.0
SHARED_PAUSE_S: Final = (2.0, 10.0)
"""How long to leave a place to somebody else: not as long as that one leaves it to us."""
_FETCH_BYTES: Final = 4 * 1024 * 1024
_FOREVER_S: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDependencies:
    """What the archive is given at its start."""

    kafka: str
    store: Store
    salt: bytes | None
    """Makes the tombstones of erased names. None as long as nobody can be erased."""
    pace: Pace
    topics: tuple[Topic, ...]
    partitions: int
    security: KafkaSecurity = OPEN
    chance: Random = field(default_factory=Random)


async def run_archive(settings: Settings, *, kafka: str, stop: asyncio.Event) -> None:
    """Archive what the topics hold, until `stop` is set.

    While Kafka or the store is away, it logs that once and waits. Records whose file is not written
    yet stay in Kafka, and are read again at the next start.

    Raises:
        ArchiveOffError: the settings switch the archive off.
        FaultError: the topics can't be used, the metrics can't be served, or somebody was erased
            with another salt.
    """
    given = ArchiveDependencies(
        kafka=kafka,
        store=store_at(location_of(settings)),
        salt=salt_of(settings),
        pace=Pace(settings.archive_file_age_s, settings.archive_days),
        topics=catalogue(settings.app_id),
        partitions=settings.partitions,
        security=security_of(settings),
    )
    metrics, log = ArchiveMetrics(), structlog.get_logger().bind(role="archive")
    with serving_metrics(metrics.registry, settings.api_host, settings.metrics_port):
        await until_stopped(archive(given, metrics, log), stop, AGAIN_AFTER_S)


async def archive(
    given: ArchiveDependencies, metrics: ArchiveMetrics, log: FilteringBoundLogger
) -> None:
    """Archive until cancelled: one session after the other."""
    outage, ahead, backoff = Outage(log, "kafka"), Outage(log, "archive_ahead", 0.0), Backoff()
    while True:
        try:
            await _live(given, metrics, log, outage, backoff)
        except PartitionsChangedError:
            log.info("archive_partitions_changed")
        except ArchiveAheadError as error:
            ahead.away(str(error))
        except OffsetOutOfRangeError:
            log.warning("archive_offsets_gone")
        except PlaceSharedError as error:
            log.warning("archive_place_shared", reason=str(error))
            await asyncio.sleep(given.chance.uniform(*SHARED_PAUSE_S))
        except (KafkaUnreachableError, KafkaError, OSError) as error:
            outage.away(str(error) or type(error).__name__)
        await asyncio.sleep(backoff.pause_s())


async def _live(
    given: ArchiveDependencies,
    metrics: ArchiveMetrics,
    log: FilteringBoundLogger,
    outage: Outage,
    backoff: Backoff,
) -> None:
    await ensure_topics(given.kafka, given.topics, given.partitions, given.security)
    shortest = await _shortest_retention(given)
    files = FileWriter(given.store, Salted(given.salt), metrics, log, shortest)
    erasures = CompactedTable(given.kafka, ERASURES, log=log, security=given.security)
    consuming = connected_consumer(
        given.kafka,
        given.security,
        client_id=CLIENT_ID,
        auto_offset_reset="none",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await files.open()
        async with erasures, consuming as consumer:
            outage.back()
            backoff.reset()
            await Session(consumer, erasures, files, given.pace, log).live()
    finally:
        await files.close()


async def _shortest_retention(given: ArchiveDependencies) -> ShortestRetention:
    async with connected_admin(given.kafka, given.security) as admin:
        settings = await settings_of(admin, ARCHIVED)
    return shortest_of((name, each.get("retention.ms", "-1")) for name, each in settings.items())


def shortest_of(retention_ms: Iterable[tuple[str, str]]) -> ShortestRetention:
    """The shortest of these topics' `retention.ms`; a negative one is for ever."""
    found = [
        ShortestRetention(name, int(text) / 1000 if int(text) >= 0 else _FOREVER_S)
        for name, text in retention_ms
    ]
    return min(found, key=lambda each: each.seconds)
