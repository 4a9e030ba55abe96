"""Puts the API together."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib import metadata

import structlog
from fastapi import FastAPI

from schemas.topics import ACCESS_AUDIT
from services.access.admission import Admission, Guard
from services.access.budget import Budget
from services.access.gate import Gate
from services.access.route_access import route_table
from services.api import (
    error_handlers,
    openapi,
    routes_customers,
    routes_dead_letters,
    routes_erasures,
    routes_exhausted,
    routes_export,
    routes_operations,
    routes_streams,
    routes_suppressions,
    routes_triggers,
    routes_webhooks,
)
from services.api.arrivals import Arrivals
from services.api.canonical_path import CanonicalPath
from services.api.dead_letters import DeadLetters
from services.api.erasures import open_erasures
from services.api.metrics import Metrics
from services.api.open_paths import OPEN_PATHS
from services.api.pages import routes as pages_routes
from services.api.parts import Parts
from services.api.read_model import ReadModel
from services.api.readable_json import ReadableJson
from services.api.streams.streams import Streams
from services.api.watch import Watch
from services.api.webhooks import open_webhooks
from services.audit.policy_note import note_policy
from services.audit.request_audit import RequestAudit
from services.audit.trail import AuditTrail
from services.breaker import Breaker
from services.dead_letters.follow import CensusTail
from services.delivery.stored import Names
from services.erasure_salt import salt_of
from services.ingest import documented_bodies
from services.ingest import routes as ingest_routes
from services.ingest.open import open_intake
from services.ingest.outlet import Outlet, Record
from services.kafka_probe import KafkaProbe
from services.kafka_security import security_of
from services.outage import Outage
from services.projector.connection import PROBE_S, connect, ping
from services.projector.keys import Keys
from services.settings import Settings
from services.together import end
from services.worker_lag.watch import watching
from topology.domain.policy.rulebook import Rulebook


def create_app(
    settings: Settings, *, redis: str, kafka: str, book: Rulebook, arrivals: Arrivals, gate: Gate
) -> FastAPI:
    """Return the API over the read model at the URL `redis` and the Kafka at `kafka`.

    Either may be away: that is answered. `gate` decides who is let in.
    """
    metrics = Metrics()
    keys = Keys.of(settings.app_id)

    async def put_audit(key: str, value: bytes) -> None:
        outlet: Outlet = app.state.parts.intake.outlet
        await outlet.first_look()
        await outlet.put([Record(ACCESS_AUDIT, key.encode(), value)])

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
            intake.outlet,
            settings.app_id,
            salt,
            lambda: time.time_ns() // 1000,
            security,
        )
        authorities = settings.redis_ssl_cafile
        async with (
            connect(redis, authorities) as client,
            connect(redis, authorities, answer_s=PROBE_S) as redis_probe,
            opening as webhooks,
            forgetting as erasures,
            watching(kafka, settings.app_id, security, time.time) as worker_lag,
        ):
            of_redis = Breaker(
                lambda: ping(redis_probe), Outage(log, "redis"), metrics.breaker_of("redis")
            )
            model = ReadModel(client, keys, of_redis)
            census = CensusTail(kafka, security)
            streams = Streams.of(model, book, arrivals, metrics, settings.api_listeners)
            app.state.parts = Parts(
                model,
                book,
                arrivals,
                metrics,
                kafka,
                intake,
                webhooks,
                streams,
                erasures,
                worker_lag,
                DeadLetters(kafka, security_of(settings), intake, erasures, census),
            )
            async with (
                in_background(arrivals.listen(client, keys)),
                in_background(streams.triggers.run()),
                in_background(intake.outlet.keep()),
                in_background(worker_lag.keep_looking()),
                in_background(note_policy(trail, "api", book.policy.version, settings.policy)),
                in_background(of_redis.keep_asking()),
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
    app.include_router(routes_customers.router)
    app.include_router(routes_export.router)
    app.include_router(routes_erasures.router)
    app.include_router(routes_suppressions.router)
    app.include_router(routes_triggers.router)
    app.include_router(routes_webhooks.router)
    app.include_router(routes_exhausted.router)
    app.include_router(routes_dead_letters.router)
    app.include_router(routes_streams.router)
    app.include_router(routes_operations.router)
    app.include_router(ingest_routes.router)
    app.include_router(pages_routes.router)
    audit = RequestAudit(trail, salt)
    app.add_middleware(Admission, Guard(gate, route_table(app, OPEN_PATHS), budget, audit))
    app.add_middleware(CanonicalPath)
    app.add_middleware(Watch, metrics=metrics)
    app.add_middleware(ReadableJson)
    error_handlers.install(app)
    openapi.install(app, documented_bodies.components())
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


def _version() -> str:
    try:
        return metadata.version("stammkunde")
    except metadata.PackageNotFoundError:
        return "0"
