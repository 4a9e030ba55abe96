"""Puts the API together: its routes, the middleware before them, and its dependencies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response

from schemas.topics import ACCESS_AUDIT
from services.api import openapi
from services.api.dependencies import Addresses, kept_up_to_date, open_dependencies
from services.api.metrics import Metrics
from services.api.request_monitor import RequestMonitor
from services.api.routes import ROUTERS, ingest_bodies
from services.ingest.event_producer import EventProducer, Record
from services.platform.access.admission import Admission, Guard
from services.platform.access.gate import Gate
from services.platform.access.route_access import OPEN_PATHS, route_table
from services.platform.audit.request_audit import RequestAudit
from services.platform.audit.trail import AuditTrail
from services.platform.erasure_salt import salt_of
from services.platform.http import error_handlers
from services.platform.http.canonical_path import CanonicalPath
from services.platform.http.problems import NotBuilt, RedisAway
from services.platform.http.readable_json import ReadableJson
from services.platform.http.request_body import MemoryBudget
from services.platform.kafka.security import security_of
from services.platform.policies.current_book import Books
from services.platform.settings import Settings
from services.read_model.arrivals import Arrivals
from services.read_model.connection import NotBuiltError, ReadModelError


def create_app(
    settings: Settings, *, redis: str, kafka: str, books: Books, arrivals: Arrivals, gate: Gate
) -> FastAPI:
    """Return the API over the read model at the URL `redis` and the Kafka at `kafka`.

    Either may be away: the API answers that. `gate` decides who is let in.
    """
    metrics, budget = Metrics(), MemoryBudget(gate.bounds.under_way_bytes)
    signed_budget = MemoryBudget(gate.bounds.signed_under_way_bytes)

    async def put_audit(key: str, value: bytes) -> None:
        event_producer: EventProducer = app.state.dependencies.intake.event_producer
        await event_producer.wait_first_attempt()
        await event_producer.put([Record(ACCESS_AUDIT, key.encode(), value)])

    trail = AuditTrail(kafka, put_audit, security_of(settings))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_dependencies(
            settings,
            Addresses(redis, kafka),
            books=books,
            arrivals=arrivals,
            metrics=metrics,
            budget=budget,
        ) as dependencies:
            app.state.dependencies = dependencies
            async with kept_up_to_date(dependencies, settings, trail):
                yield

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
    for router in ROUTERS:
        app.include_router(router)
    audit = RequestAudit(trail, salt_of(settings))
    routes = route_table(app, OPEN_PATHS)
    app.add_middleware(Admission, Guard(gate, routes, budget, signed_budget, audit))
    app.add_middleware(CanonicalPath)
    app.add_middleware(RequestMonitor, metrics=metrics)
    app.add_middleware(ReadableJson)
    error_handlers.install(app)
    app.add_exception_handler(ReadModelError, _on_read_model_error)
    openapi.install(app, ingest_bodies.components())
    return app


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
