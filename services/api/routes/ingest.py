"""The routes by which messages come in: Segment's, and one for each source."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.api.answers import json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.routes.ingest_bodies import OF_BATCH, OF_CALL, OF_SOURCE
from services.ingest.answers import Received
from services.ingest.batch import Batch, batch_in, messages_in, one_in
from services.ingest.intake import Limits, Sender, read, take_in
from services.ingest.routing import ENDPOINTS, OF_CALLS, OF_SOURCES, Endpoint
from services.platform.access.admission import audit_of
from services.platform.access.gate import is_allowed
from services.platform.access.needs import charge_events, key_of, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import REFUSALS, problems

router = APIRouter(
    prefix="/v1",
    tags=["ingest"],
    dependencies=[Depends(needs(Scope.INGEST, most_bytes=Limits.body_bytes))],
    responses=REFUSALS,
)

_STATUSES: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_PROBLEMS: Final = problems(*_STATUSES)


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    """The documentation of a body, whose Content-Type is ignored."""
    kinds = {kind: {"schema": schema} for kind in ("application/json", "text/plain")}
    return {"requestBody": {"required": True, "content": kinds}}


@router.post(
    "/batch",
    summary="Take in many messages",
    response_model=Received,
    responses=_PROBLEMS,
    openapi_extra=_body(OF_BATCH),
)
async def post_batch(dependencies: AppDependencies, request: Request) -> Response:
    """Segment's `batch`: each message says its `type`.

    The good messages are taken and the bad ones listed, with status 200: a library that gets
    another one sends all of them again, or none. 200 means that all replicas in Kafka have them.
    """
    return await _answer(dependencies, request, ENDPOINTS["/v1/batch"], batch_in)


@router.post(
    "/import",
    summary="Take in many messages of the past",
    response_model=Received,
    responses=_PROBLEMS,
    openapi_extra=_body(OF_BATCH),
)
async def post_import(dependencies: AppDependencies, request: Request) -> Response:
    """The same as `/v1/batch`, by the name that Segment has for it."""
    return await _answer(dependencies, request, ENDPOINTS["/v1/import"], batch_in)


def _handler_of(
    endpoint: Endpoint, read_batch: Callable[[bytes], Batch]
) -> Callable[[Dependencies, Request], Awaitable[Response]]:
    async def take(dependencies: AppDependencies, request: Request) -> Response:
        return await _answer(dependencies, request, endpoint, read_batch)

    return take


for _endpoint in OF_CALLS:
    _call = str(_endpoint.call)
    router.add_api_route(
        f"/{_call}",
        _handler_of(_endpoint, one_in),
        methods=["POST"],
        summary=f"Take in one message of the type {_call}",
        description=f"Segment's `{_call}`. 200 means that all replicas in Kafka have it.",
        operation_id=f"post_{_call}",
        response_model=Received,
        responses=_PROBLEMS,
        openapi_extra=_body(OF_CALL[_call]),
    )

for _endpoint in OF_SOURCES:
    _source = _endpoint.path.rpartition("/")[2]
    router.add_api_route(
        f"/events/{_source}",
        _handler_of(_endpoint, messages_in),
        methods=["POST"],
        summary=f"Take in one message or a list of them, for the source {_source}",
        description="For senders without a library of Segment's. An unknown event is refused here.",
        operation_id=f"post_events_{_source}",
        response_model=Received,
        responses=_PROBLEMS,
        openapi_extra=_body(OF_SOURCE),
    )


async def _answer(
    dependencies: Dependencies,
    request: Request,
    endpoint: Endpoint,
    read_batch: Callable[[bytes], Batch],
) -> Response:
    intake = dependencies.intake
    batch = await read(intake, endpoint, await request.body(), read_batch)
    charge_events(request, len(batch.events))
    return json_of(await take_in(intake, endpoint, batch, _sender(request)))


def _sender(request: Request) -> Sender:
    key, audit = key_of(request), audit_of(request)
    return Sender(
        may_unsuppress=is_allowed(key, Scope.UNSUPPRESS),
        lifting=partial(audit.record_unsuppressions, request.scope, key),
    )
