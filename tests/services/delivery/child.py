"""A process that delivers, for a test to kill."""

import asyncio
import sys
from random import SystemRandom

import structlog

from services.delivery.clock import WallClock
from services.delivery.deliver import Outside, deliver
from services.delivery.metrics import DeliveryMetrics
from services.delivery.resolve import Resolver
from services.delivery.stored import Names


async def run(kafka: str, names: Names) -> None:
    clock = WallClock()
    outside = Outside(
        kafka=kafka,
        names=names,
        clock=clock,
        chance=SystemRandom().random,
        resolve=Resolver(),
        private_addresses=True,
    )
    await deliver(outside, DeliveryMetrics(clock), structlog.get_logger())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Names(*sys.argv[2:])))
