"""Runs the role `delivery`: connects everything, and delivers webhooks until it is stopped."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

import structlog
from aiokafka.errors import KafkaError
from structlog.typing import FilteringBoundLogger

from schemas.topics import catalogue
from services.platform.compacted.table import CompactedTable
from services.platform.erasure_salt import salt_of
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.metrics import serving_metrics
from services.platform.open_files import allow_open_files
from services.platform.outage import Backoff, Outage
from services.platform.settings import Settings
from services.platform.tasks import run_until_first_exits, until_stopped
from services.webhooks.clock import Clock, WallClock
from services.webhooks.delivery_worker import WorkerDependencies
from services.webhooks.erasure import ErasedCustomers
from services.webhooks.membership import AssignedPartitions, join_group
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.network import Resolve, Resolver
from services.webhooks.sender import TIMEOUT_S, create_sender
from services.webhooks.subscription_table import SubscriptionTable
from services.webhooks.topics import Names
from topology.batching.security import OPEN, KafkaSecurity

OPEN_FILES: Final = 8_192
"""Each queue holds two connections to Kafka, and up to `MAX_IN_FLIGHT` to its endpoint."""
AGAIN_AFTER_S: Final = 12.0
"""Longer than deliveries in flight may take. After it, delivery is cancelled once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDependencies:
    """What delivery is given at its start: Kafka, the network, the clock and randomness."""

    kafka: str
    names: Names
    clock: Clock
    chance: Callable[[], float]
    """Uniform from 0 to 1."""
    resolve: Resolve
    salt: bytes | None = None
    """Makes the tombstones of erased names. None as long as nobody can be erased."""
    private_addresses: bool = False
    """Whether webhooks may go to private addresses."""
    security: KafkaSecurity = OPEN
    timeout_s: float = TIMEOUT_S
    """How long an attempt may take."""


async def run_delivery(settings: Settings, *, kafka: str, stop: asyncio.Event) -> None:
    """Send each trigger to its subscribers, until `stop` is set.

    Several processes may run this: they share the partitions. While Kafka is away, delivery logs
    that once and waits for it.

    Raises:
        FaultError: the topics can't be used, the metrics can't be served, or somebody was erased
            with another salt.
        SettingsError: the salt can't be read.
    """
    allow_open_files(OPEN_FILES)
    log = structlog.get_logger().bind(role="delivery")
    clock = WallClock()
    metrics = DeliveryMetrics(clock)
    given = DeliveryDependencies(
        kafka=kafka,
        security=security_of(settings),
        names=Names.of(settings.app_id),
        clock=clock,
        chance=secrets.SystemRandom().random,
        resolve=Resolver(),
        salt=salt_of(settings),
        private_addresses=settings.webhook_private_addresses == "allow",
    )
    with serving_metrics(metrics.registry, settings.api_host, settings.metrics_port):
        await until_stopped(_run(settings, given, metrics, log), stop, AGAIN_AFTER_S)


async def _run(
    settings: Settings,
    given: DeliveryDependencies,
    metrics: DeliveryMetrics,
    log: FilteringBoundLogger,
) -> None:
    away, backoff = Outage(log, "kafka"), Backoff()
    while True:
        try:
            await ensure_topics(
                given.kafka,
                catalogue(settings.app_id),
                settings.partitions,
                given.security,
                [given.names.group],
            )
        except KafkaUnreachableError as fault:
            away.away(str(fault))
            await asyncio.sleep(backoff.pause_s())
        else:
            break
    away.back()
    await deliver(given, metrics, log)


async def deliver(
    given: DeliveryDependencies, metrics: DeliveryMetrics, log: FilteringBoundLogger
) -> None:
    """Deliver until cancelled. The topics must exist; Kafka may go away and come back.

    Raises:
        SaltNeededError: somebody was erased, and without the salt nobody can know who.
    """
    sender = create_sender(
        given.resolve,
        given.clock,
        private=given.private_addresses,
        timeout_s=given.timeout_s,
    )
    table = CompactedTable(given.kafka, given.names.subscriptions, log=log, security=given.security)
    erasures = CompactedTable(given.kafka, given.names.erasures, log=log, security=given.security)
    erased = ErasedCustomers(given.salt, log)
    async with table, erasures:
        await _read_erasures_first(erasures, erased)
        dependencies = WorkerDependencies(
            kafka=given.kafka,
            security=given.security,
            names=given.names,
            sender=sender,
            clock=given.clock,
            chance=given.chance,
            metrics=metrics,
            log=log,
            erased=erased,
            subscriptions=SubscriptionTable(table, given.clock),
        )
        assigned = AssignedPartitions(dependencies)
        metrics.watch(assigned)
        await run_until_first_exits(
            _stay_in_group(assigned, dependencies),
            _follow_subscriptions(table, assigned),
            _follow_erasures(erasures, erased, assigned),
        )


async def _read_erasures_first(erasures: CompactedTable, erased: ErasedCustomers) -> None:
    """Read all erasures before anything is sent."""
    while not erasures.is_read:
        await erasures.wait_change()
    erased.record(erasures.items())


async def _stay_in_group(
    assigned: AssignedPartitions, dependencies: WorkerDependencies
) -> NoReturn:
    away, backoff = Outage(dependencies.log, "group"), Backoff()
    while True:
        try:
            await join_group(assigned, dependencies, on_start=away.back)
        except (KafkaError, OSError) as error:
            away.away(str(error) or type(error).__name__)
        await asyncio.sleep(backoff.pause_s())


async def _follow_erasures(
    erasures: CompactedTable, erased: ErasedCustomers, assigned: AssignedPartitions
) -> NoReturn:
    seen = None
    while True:
        erased.record(erasures.items())
        assigned.notify_change()
        seen = await erasures.wait_change(seen)


async def _follow_subscriptions(table: CompactedTable, assigned: AssignedPartitions) -> NoReturn:
    seen = table.version
    while True:
        seen = await table.wait_change(seen)
        assigned.notify_change()
