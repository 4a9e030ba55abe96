"""Puts the API together."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib import metadata

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response

from schemas.topics import ACCESS_AUDIT
from services.api import ingest_bodies, openapi
from services.api.dead_letters import DeadLetters
from services.api.dependencies import Dependencies
from services.api.erasures import open_erasures
from services.api.metrics import Metrics
from services.api.pages import routes as pages_routes
from services.api.routes import (
    customers,
    dead_letters,
    erasures,
    exhausted,
    export,
    operations,
    streams,
    suppressions,
    triggers,
    webhooks,
)
from services.api.routes import ingest as ingest_routes
from services.api.streams.streams import Streams
from services.api.watch import Watch
from services.api.webhooks import open_webhooks
from services.dead_letters.follow import CensusTail
from services.ingest.event_producer import EventProducer, Record
from services.ingest.open import open_intake
from services.platform.access.admission import Admission, Guard
from services.platform.access.gate import Gate
from services.platform.access.route_access import route_table
from services.platform.audit.policy_note import note_policy
from services.platform.audit.request_audit import RequestAudit
from services.platform.audit.trail import AuditTrail
from services.platform.breaker import Breaker
from services.platform.erasure_salt import salt_of
from services.platform.http import error_handlers
from services.platform.http.budget import Budget
from services.platform.http.canonical_path import CanonicalPath
from services.platform.http.open_paths import OPEN_PATHS
from services.platform.http.problems import NotBuilt, RedisAway
from services.platform.http.readable_json import ReadableJson
from services.platform.kafka.probe import KafkaProbe
from services.platform.kafka.security import security_of
from services.platform.kafka.worker_lag.watch import watching
from services.platform.outage import Outage
from services.platform.run_until_first_exits import end
from services.platform.settings import Settings
from services.read_model.arrivals import Arrivals
from services.read_model.connection import NotBuiltError, ReadModelError
from services.read_model.reader import open_read_model
from services.webhooks.topics import Names
from topology.domain.policy.rulebook import Rulebook


def create_app(
    settings: Settings, *, redis: str, kafka: str, book: Rulebook, arrivals: Arrivals, gate: Gate
) -> FastAPI:
    """Return the API over the read model at the URL `redis` and the Kafka at `kafka`.

    Either may be away: that is answered. `gate` decides who is let in.
    """
    metrics = Metrics()

    async def put_audit(key: str, value: bytes) -> None:
        event_producer: EventProducer = app.state.dependencies.intake.event_producer
        await event_producer.first_look()
        await event_producer.put([Record(ACCESS_AUDIT, key.encode(), value)])

    trail = AuditTrail(kafka, put_audit, security_of(settings))
    budget = Budget(gate.bounds.under_way_bytes)
    salt = salt_of(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        security = security_of(settings)
        probe = KafkaProbe(kafka, security)
        log = structlog.get_logger().bind(role="api")
        of_kafka = Breaker(probe.ask, Outage(log, "kafka"), metrics.breaker_of("kafka"))
        intake = open_intake(settings, kafka=kafka, book=book, budget=budget, breaker=of_kafka)
        private = settings.webhook_private_addresses == "allow"
        names = Names.of(settings.app_id)
        opening = open_webhooks(
            kafka, names, private_addresses=private, security=security, breaker=of_kafka
        )
        forgetting = open_erasures(
            kafka,
            intake.event_producer,
            settings.app_id,
            salt,
            lambda: time.time_ns() // 1000,
            security,
        )
        async with (
            open_read_model(
                redis,
                settings.app_id,
                settings.redis_ssl_cafile,
                Outage(log, "redis"),
                metrics.breaker_of("redis"),
            ) as model,
            opening as webhooks,
            forgetting as erasures,
            watching(kafka, settings.app_id, security, time.time) as worker_lag,
        ):
            census = CensusTail(kafka, security)
            streams = Streams.of(model, book, arrivals, metrics, settings.api_listeners)
            app.state.dependencies = Dependencies(
                model=model,
                book=book,
                arrivals=arrivals,
                metrics=metrics,
                kafka=kafka,
                intake=intake,
                webhooks=webhooks,
                streams=streams,
                erasures=erasures,
                worker_lag=worker_lag,
                dead_letters=DeadLetters(kafka, security_of(settings), intake, erasures, census),
            )
            async with (
                in_background(arrivals.listen(model)),
                in_background(streams.triggers.run()),
                in_background(intake.event_producer.keep()),
                in_background(worker_lag.keep_looking()),
                in_background(note_policy(trail, "api", book.policy.version, settings.policy)),
                in_background(model.breaker.keep_asking()),
                in_background(of_kafka.keep_asking()),
                in_background(census.keep_counting()),
            ):
                yield
        probe.close()

    app = FastAPI(
        title=openapi.TITLE,
        description=openapi.GUIDE,
        version=_version(),
        openapi_tags=openapi.TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,  # Those of FastAPI load scripts from the internet.
    )
    app.include_router(customers.router)
    app.include_router(export.router)
    app.include_router(erasures.router)
    app.include_router(suppressions.router)
    app.include_router(triggers.router)
    app.include_router(webhooks.router)
    app.include_router(exhausted.router)
    app.include_router(dead_letters.router)
    app.include_router(streams.router)
    app.include_router(operations.router)
    app.include_router(ingest_routes.router)
    app.include_router(pages_routes.router)
    audit = RequestAudit(trail, salt)
    app.add_middleware(Admission, Guard(gate, route_table(app, OPEN_PATHS), budget, audit))
    app.add_middleware(CanonicalPath)
    app.add_middleware(Watch, metrics=metrics)
    app.add_middleware(ReadableJson)
    error_handlers.install(app)
    app.add_exception_handler(ReadModelError, _on_read_model_error)
    openapi.install(app, ingest_bodies.components())
    return app


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let `work` run meanwhile."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await end([task])
        if not task.cancelled():
            task.result()


async def _on_read_model_error(request: Request, error: Exception) -> Response:
    if isinstance(error, NotBuiltError):
        return NotBuilt().response(request.url.path)
    structlog.get_logger().warning(
        "redis_request_failed", reason=str(error) or type(error).__name__
    )
    return RedisAway().response(request.url.path)


def _version() -> str:
    try:
        return metadata.version("stammkunde")
    except metadata.PackageNotFoundError:
        return "0"
