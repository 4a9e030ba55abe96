"""Delivers webhooks until it is told to stop."""

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
from services.platform.metrics_server import serving_metrics
from services.platform.open_files import allow_open_files
from services.platform.outage import Backoff, Outage
from services.platform.run_until_first_exits import run_until_first_exits, until_stopped
from services.platform.settings import Settings
from services.webhooks.clock import Clock, WallClock
from services.webhooks.delivery_worker import Dependencies
from services.webhooks.erasure import Erased
from services.webhooks.membership import Ownership, be_a_member
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.network import Resolve, Resolver
from services.webhooks.sender import TIMEOUT_S, sender
from services.webhooks.subscription_table import SubscriptionTable
from services.webhooks.topics import Names
from topology.batching.security import OPEN, KafkaSecurity

OPEN_FILES: Final = 8_192
"""Each lane holds two connections to Kafka, and up to `AT_ONCE` to its endpoint."""
AGAIN_AFTER_S: Final = 12.0
"""Longer than deliveries that are under way may take: then it is told to end once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Kafka, the network, time and chance: all that delivery does not decide itself."""

    kafka: str
    names: Names
    clock: Clock
    chance: Callable[[], float]
    """Uniform from 0 to 1."""
    resolve: Resolve
    salt: bytes | None = None
    """What marks of erased names are made with; None as long as nobody can be erased."""
    private_addresses: bool = False
    """Whether webhooks may go to private addresses."""
    security: KafkaSecurity = OPEN
    timeout_s: float = TIMEOUT_S
    """How long an attempt may take."""


async def run_delivery(settings: Settings, *, kafka: str, stop: asyncio.Event) -> None:
    """Send each trigger to those who have subscribed, until `stop` is set.

    Several may run: they share the partitions. Kafka away: it says so once, waits and goes on.

    Raises:
        FaultError: the topics can't be used, the metrics can't be served, or somebody was erased
            with another salt.
        SettingsError: the salt can't be read.
    """
    allow_open_files(OPEN_FILES)
    log = structlog.get_logger().bind(role="delivery")
    clock = WallClock()
    metrics = DeliveryMetrics(clock)
    outside = Outside(
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
        await until_stopped(_run(settings, outside, metrics, log), stop, AGAIN_AFTER_S)


async def _run(
    settings: Settings, outside: Outside, metrics: DeliveryMetrics, log: FilteringBoundLogger
) -> None:
    away, backoff = Outage(log, "kafka"), Backoff()
    while True:
        try:
            await ensure_topics(
                outside.kafka, catalogue(settings.app_id), settings.partitions, outside.security
            )
        except KafkaUnreachableError as fault:
            away.away(str(fault))
            await asyncio.sleep(backoff.pause_s())
        else:
            break
    away.back()
    await deliver(outside, metrics, log)


async def deliver(outside: Outside, metrics: DeliveryMetrics, log: FilteringBoundLogger) -> None:
    """Deliver until cancelled. The topics must be there; Kafka may go away and come back.

    Raises:
        SaltNeededError: somebody was erased, and it can't be told who.
    """
    sending = sender(
        outside.resolve,
        outside.clock,
        private=outside.private_addresses,
        timeout_s=outside.timeout_s,
    )
    table = CompactedTable(
        outside.kafka, outside.names.subscriptions, log=log, security=outside.security
    )
    erasures = CompactedTable(
        outside.kafka, outside.names.erasures, log=log, security=outside.security
    )
    erased = Erased(outside.salt, log)
    async with table, erasures:
        await _hear_first(erasures, erased)
        around = Dependencies(
            kafka=outside.kafka,
            security=outside.security,
            names=outside.names,
            sender=sending,
            clock=outside.clock,
            chance=outside.chance,
            metrics=metrics,
            log=log,
            erased=erased,
            subscriptions=SubscriptionTable(table, outside.clock),
        )
        ownership = Ownership(around)
        metrics.watch(ownership)
        await run_until_first_exits(
            _stay_a_member(ownership, around),
            _follow(table, ownership),
            _hear(erasures, erased, ownership),
        )


async def _hear_first(erasures: CompactedTable, erased: Erased) -> None:
    """Know who was erased before anything is sent."""
    while not erasures.is_read:
        await erasures.wait_change()
    erased.hear(erasures.items())


async def _stay_a_member(ownership: Ownership, around: Dependencies) -> NoReturn:
    away, backoff = Outage(around.log, "group"), Backoff()
    while True:
        try:
            await be_a_member(ownership, around, on_start=away.back)
        except (KafkaError, OSError) as error:
            away.away(str(error) or type(error).__name__)
        await asyncio.sleep(backoff.pause_s())


async def _hear(erasures: CompactedTable, erased: Erased, ownership: Ownership) -> NoReturn:
    seen = None
    while True:
        erased.hear(erasures.items())
        ownership.look()
        seen = await erasures.wait_change(seen)


async def _follow(table: CompactedTable, ownership: Ownership) -> NoReturn:
    seen = table.version
    while True:
        seen = await table.wait_change(seen)
        ownership.look()
