"""A process that delivers, for a test to kill."""

import asyncio
import sys
from random import SystemRandom

import structlog

from services.webhooks.clock import WallClock
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.network import Resolver
from services.webhooks.run import DeliveryDependencies, deliver
from services.webhooks.topics import Names


async def run(kafka: str, names: Names) -> None:
    clock = WallClock()
    given = DeliveryDependencies(
        kafka=kafka,
        names=names,
        clock=clock,
        chance=SystemRandom().random,
        resolve=Resolver(),
        private_addresses=True,
    )
    await deliver(given, DeliveryMetrics(clock), structlog.get_logger())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Names(*sys.argv[2:])))
