"""What every lane works with, put together once by `run`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from structlog.typing import FilteringBoundLogger

from services.webhooks.clock import Clock
from services.webhooks.erased import Erased
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.send import Sender
from services.webhooks.stored import Names
from topology.batching.security import KafkaSecurity


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Kafka, the network, time and chance, and who was erased."""

    kafka: str
    security: KafkaSecurity
    names: Names
    sender: Sender
    clock: Clock
    chance: Callable[[], float]
    """Uniform from 0 to 1."""
    metrics: DeliveryMetrics
    log: FilteringBoundLogger
    erased: Erased
    switch_off: Callable[[str, datetime], Awaitable[None]]
    """Notes that the endpoint of a subscription, switched on at that time, said 410."""
