"""The dependencies of the routes: opened once when the API starts, and handed to each of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request

from services.api.dead_letter_access import DeadLetterAccess
from services.api.erasure_requests import Erasures, open_erasures
from services.api.metrics import Metrics
from services.api.streams.customer_stream import CustomerFeeds
from services.api.streams.listeners import Seats
from services.api.streams.trigger_stream import TriggerFeed
from services.api.trial_runs import TrialRuns, open_trial_runs
from services.api.webhook_subscriptions import Webhooks, open_webhooks
from services.connect.metrics import ConnectMetrics
from services.connect.receive import Connect
from services.connect.sources import open_sources
from services.dead_letters.counts import DeadLetterCounter
from services.ingest.intake import Intake, open_intake
from services.platform.audit.trail import DEFAULT_POLICY, AuditTrail, record_policy
from services.platform.breaker import Breaker
from services.platform.erasure_salt import salt_of
from services.platform.http.request_body import MemoryBudget
from services.platform.kafka.probe import KafkaProbe
from services.platform.kafka.security import security_of
from services.platform.kafka.worker_lag import LagWatch, watch_lag
from services.platform.outage import Outage
from services.platform.policies.current_book import Books
from services.platform.settings import Settings
from services.platform.tasks import end
from services.read_model.arrivals import Arrivals
from services.read_model.kept_trials import KeptTrials
from services.read_model.reader import ReadModel, open_read_model
from services.webhooks.topics import Names
from topology.domain.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are: the URL of Redis, and Kafka's brokers as `host:port,host:port`."""

    redis: str
    kafka: str


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The read model, the policy, the ways into Kafka, and the state of this process."""

    model: ReadModel
    books: Books
    arrivals: Arrivals
    metrics: Metrics
    intake: Intake
    webhooks: Webhooks
    trigger_feed: TriggerFeed
    customer_feeds: CustomerFeeds
    seats: Seats
    """Of those who listen to a feed."""
    erasures: Erasures
    worker_lag: LagWatch
    dead_letters: DeadLetterAccess
    trials: TrialRuns
    connect: Connect

    @property
    def book(self) -> Rulebook:
        """The policy in force now."""
        return self.books()

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the policy's rules."""
        return tuple(rule.name for rule in self.book.rules)


def dependencies_of(request: Request) -> Dependencies:
    """Return the dependencies of the application that got the request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


AppDependencies = Annotated[Dependencies, Depends(dependencies_of)]


@asynccontextmanager
async def open_dependencies(
    settings: Settings,
    addresses: Addresses,
    *,
    books: Books,
    arrivals: Arrivals,
    metrics: Metrics,
    budget: MemoryBudget,
) -> AsyncIterator[Dependencies]:
    """Open everything that the routes work with. Redis and Kafka may be away."""
    kafka, security = addresses.kafka, security_of(settings)
    log = structlog.get_logger().bind(role="api")
    probe = KafkaProbe(kafka, security)
    breaker = Breaker(probe.ask, Outage(log, "kafka"), metrics.breaker_of("kafka"))
    intake = open_intake(settings, kafka=kafka, books=books, budget=budget, breaker=breaker)
    async with (
        open_read_model(
            addresses.redis,
            settings.app_id,
            settings.redis_ssl_cafile,
            Outage(log, "redis"),
            metrics.breaker_of("redis"),
        ) as model,
        open_webhooks(
            kafka,
            Names.of(settings.app_id),
            private_addresses=settings.webhook_private_addresses == "allow",
            security=security,
            breaker=breaker,
        ) as webhooks,
        open_erasures(
            kafka,
            intake.event_producer,
            settings.app_id,
            salt_of(settings),
            lambda: time.time_ns() // 1000,
            security,
        ) as erasures,
        open_sources(kafka, security) as sources,
        watch_lag(kafka, settings.app_id, security, time.time) as worker_lag,
        _in_background(breaker.keep_probing()),
        open_trial_runs(KeptTrials(model, salt_of(settings)), settings, kafka) as trials,
    ):
        counter = DeadLetterCounter(kafka, security)
        yield Dependencies(
            model=model,
            books=books,
            arrivals=arrivals,
            metrics=metrics,
            intake=intake,
            webhooks=webhooks,
            trigger_feed=TriggerFeed(model, arrivals),
            customer_feeds=CustomerFeeds(model, books, arrivals),
            seats=Seats(settings.api_listeners, metrics.listeners),
            erasures=erasures,
            worker_lag=worker_lag,
            dead_letters=DeadLetterAccess(kafka, security, intake, erasures, counter),
            trials=trials,
            connect=Connect(sources, intake, ConnectMetrics()),
        )
    probe.close()


@asynccontextmanager
async def kept_up_to_date(
    dependencies: Dependencies, settings: Settings, trail: AuditTrail
) -> AsyncIterator[None]:
    """Follow Redis and Kafka in the background, as long as the API runs."""
    model = dependencies.model
    async with (
        _in_background(dependencies.arrivals.listen(model)),
        _in_background(dependencies.trigger_feed.run()),
        _in_background(dependencies.intake.event_producer.keep()),
        _in_background(dependencies.worker_lag.keep_updating()),
        _in_background(
            record_policy(
                trail,
                "api",
                dependencies.book.policy.version,
                DEFAULT_POLICY if settings.policy is None else settings.policy.name,
            )
        ),
        _in_background(model.breaker.keep_probing()),
        _in_background(dependencies.dead_letters.counter.keep_counting()),
    ):
        yield


@asynccontextmanager
async def _in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let `work` run meanwhile."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await end([task])
        if not task.cancelled():
            task.result()
