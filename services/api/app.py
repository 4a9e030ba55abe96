"""Puts the API together."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib import metadata

from fastapi import FastAPI

from services.access.gate import Gate
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
from services.api.parts import Parts
from services.api.read_model import ReadModel
from services.api.streams.streams import Streams
from services.api.watch import Watch
from services.api.webhooks import open_webhooks
from services.dead_letters.follow import CensusTail
from services.delivery.stored import Names
from services.erasure_salt import salt_of
from services.ingest import routes as ingest_routes
from services.ingest.open import open_intake
from services.kafka_security import security_of
from services.projector.connection import connect
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

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        intake = open_intake(settings, kafka=kafka, book=book)
        private = settings.webhook_private_addresses == "allow"
        names = Names.of(settings.app_id)
        opening = open_webhooks(
            kafka, names, private_addresses=private, security=security_of(settings)
        )
        forgetting = open_erasures(
            kafka,
            intake.outlet,
            settings.app_id,
            salt_of(settings),
            lambda: time.time_ns() // 1000,
            security_of(settings),
        )
        async with (
            connect(redis, settings.redis_ssl_cafile) as client,
            opening as webhooks,
            forgetting as erasures,
            watching(kafka, settings.app_id, security_of(settings), time.time) as worker_lag,
        ):
            model = ReadModel(client, keys)
            census = CensusTail(kafka, security_of(settings))
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
                in_background(census.keep_counting()),
            ):
                yield

    app = FastAPI(
        title=openapi.TITLE,
        description=openapi.GUIDE,
        version=_version(),
        openapi_tags=openapi.TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.gate = gate
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
    app.add_middleware(CanonicalPath)
    app.add_middleware(Watch, metrics=metrics)
    error_handlers.install(app)
    openapi.install(app)
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
