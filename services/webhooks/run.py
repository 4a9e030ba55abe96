"""Delivers webhooks until it is told to stop."""

import asyncio
import secrets
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from schemas.topics import catalogue
from services.platform.erasure_salt import salt_of
from services.platform.faults import KafkaUnreachableError
from services.platform.kafka.security import security_of
from services.platform.kafka.topics.ensure import ensure_topics
from services.platform.metrics_server import serving_metrics
from services.platform.open_files import allow_open_files
from services.platform.outage import Backoff, Outage
from services.platform.run_until_first_exits import until_stopped
from services.platform.settings import Settings
from services.webhooks.clock import WallClock
from services.webhooks.deliver import Outside, deliver
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.resolve import Resolver
from services.webhooks.stored import Names

OPEN_FILES: Final = 8_192
"""Each lane holds two connections to Kafka, and up to `AT_ONCE` to its endpoint."""
AGAIN_AFTER_S: Final = 12.0
"""Longer than deliveries that are under way may take: then it is told to end once more."""


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
                outside.kafka,
                catalogue(settings.app_id),
                settings.partitions,
                outside.security,
                [outside.names.group],
            )
        except KafkaUnreachableError as fault:
            away.away(str(fault))
            await asyncio.sleep(backoff.pause_s())
        else:
            break
    away.back()
    await deliver(outside, metrics, log)
