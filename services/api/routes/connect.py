"""The route for the webhooks of connected shops."""

from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask

from services.api.answers import json_of
from services.api.dependencies import AppDependencies
from services.api.person_requests import PersonRequests
from services.connect.receive import (
    MOST_BYTES,
    Call,
    Connect,
    Receipt,
    WrongSignature,
    receive,
)
from services.ingest.answers import Received
from services.platform.access.admission import audit_of
from services.platform.access.needs import signed
from services.platform.faults import FaultError
from services.platform.http.documented import problems

router = APIRouter(
    prefix="/v1",
    tags=["ingest"],
    dependencies=[Depends(signed(most_bytes=MOST_BYTES))],
)


@router.post(
    "/connect/{kind}/{source}",
    summary="Take in a webhook of a connected shop",
    response_model=Received,
    responses=problems(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}
    },
)
async def post_webhook(
    dependencies: AppDependencies,
    request: Request,
    kind: Annotated[str, Path(examples=["shopify"])],
    source: Annotated[str, Path(examples=["main"])],
) -> Response:
    """A webhook of a shop that `stammkunde connect add` has added. It needs no key: it is signed.

    200 means that all replicas in Kafka have what it says, or that it says nothing that counts.
    """
    call = Call(kind, source, request.headers, await request.body())
    requests = PersonRequests(
        dependencies.erasures, dependencies.model, audit_of(request), request.scope
    )
    receipt = await receive(dependencies.connect, call, requests.answer)
    answer = (
        json_of(receipt.received)
        if receipt.is_accepted
        else WrongSignature().response(request.url.path)
    )
    answer.background = BackgroundTask(_record, dependencies.connect, receipt)
    return answer


async def _record(connect: Connect, receipt: Receipt) -> None:
    """Record what was seen, for `stammkunde connect check`. The answer has been sent by now."""
    try:
        await connect.sources.record(receipt.source, receipt.outcome, receipt.sighting)
    except FaultError as fault:
        structlog.get_logger().warning("sighting_not_recorded", error=type(fault).__name__)
