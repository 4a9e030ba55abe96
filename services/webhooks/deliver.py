"""Puts delivery together out of what the outside gives it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from aiokafka.errors import KafkaError
from structlog.typing import FilteringBoundLogger

from services.platform.compacted.table import CompactedTable
from services.platform.outage import Backoff, Outage
from services.platform.run_until_first_exits import run_until_first_exits
from services.webhooks.clock import Clock
from services.webhooks.dependencies import Dependencies
from services.webhooks.erased import Erased
from services.webhooks.membership import Ownership, be_a_member
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.resolve import Resolve
from services.webhooks.send import TIMEOUT_S, sender
from services.webhooks.stored import Names
from services.webhooks.subscriptions import Subscriptions
from topology.batching.security import OPEN, KafkaSecurity


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
        subscriptions = Subscriptions(table, outside.clock)
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
            switch_off=subscriptions.switch_off,
        )
        ownership = Ownership(subscriptions, around)
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
