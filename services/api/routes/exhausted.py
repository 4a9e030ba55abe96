"""The routes of webhooks that were given up: to list them, and to have them sent again."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.audit import AuditedAction
from services.api.answers import json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import Limit
from services.api.routes.webhooks import SubscriptionId, found
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.problems import InvalidField, Problem
from services.webhooks.progress import (
    Exhausted,
    Place,
    exhausted_deliveries,
    place_of,
    read_exhausted,
)

router = APIRouter(
    prefix="/v1/webhooks/subscriptions/{subscription_id}/exhausted",
    tags=["webhooks"],
    dependencies=[Depends(needs(Scope.ADMIN))],
    responses=REFUSALS,
)

AT_ONCE = 1_000


class UnknownDelivery(Problem):
    """No delivery has this id, or it is not exhausted."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-delivery"
    detail = "No exhausted delivery has this id; …/exhausted lists them."


class ExhaustedDelivery(Exhausted):
    """A trigger that could not be delivered within a day."""

    id: str = Field(description="For `resend`.", examples=["3-1742"])


class ExhaustedPage(BaseModel):
    """Deliveries that were given up, in the order of their ids."""

    items: tuple[ExhaustedDelivery, ...]
    next: str | None = Field(description="Pass it as `after` for the next page; null at the end.")


class Resent(BaseModel):
    """How many deliveries will be tried again."""

    count: int


class ExhaustedQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="`next` of the page before, as it is."
    )
    limit: Limit = 100


@router.get(
    "",
    summary="Deliveries that were given up",
    response_model=ExhaustedPage,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_exhausted(
    dependencies: AppDependencies,
    subscription_id: SubscriptionId,
    query: Annotated[ExhaustedQuery, Query()],
) -> Response:
    """Triggers that the endpoint did not take within a day, with the reason of the last attempt."""
    after = _after(query.after)
    listed = [
        each for each in _listed(dependencies, subscription_id) if after is None or each[0] > after
    ]
    page = listed[: query.limit]
    return json_of(
        ExhaustedPage(
            items=tuple(each for place, value in page for each in _view(place, value)),
            next=str(page[-1][0]) if len(listed) > len(page) else None,
        )
    )


@router.post(
    "/{delivery_id}/resend",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send one again",
    dependencies=[Depends(audited(AuditedAction.RESEND_WEBHOOK))],
    response_model=Resent,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def post_resend(
    dependencies: AppDependencies, subscription_id: SubscriptionId, delivery_id: str
) -> Response:
    """It is tried for another day, with the same `webhook-id`."""
    place = place_of(delivery_id)
    if place not in {each for each, _ in _listed(dependencies, subscription_id)} or place is None:
        raise UnknownDelivery
    return await _resend(dependencies, subscription_id, [place])


@router.post(
    "/resend",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send all of them again",
    dependencies=[Depends(audited(AuditedAction.RESEND_WEBHOOK))],
    response_model=Resent,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def post_resend_all(
    dependencies: AppDependencies, subscription_id: SubscriptionId
) -> Response:
    """After a long outage, say: up to 1,000 at once, each tried for another day."""
    listed = _listed(dependencies, subscription_id)[:AT_ONCE]
    return await _resend(dependencies, subscription_id, [place for place, _ in listed])


async def _resend(
    dependencies: Dependencies, subscription_id: str, places: Sequence[Place]
) -> Response:
    await asyncio.gather(
        *(dependencies.webhooks.resend(subscription_id, *place) for place in places)
    )
    answer = json_of(Resent(count=len(places)))
    answer.status_code = HTTPStatus.ACCEPTED
    return answer


def _listed(dependencies: Dependencies, subscription_id: str) -> Sequence[tuple[Place, bytes]]:
    found(dependencies, subscription_id)
    return exhausted_deliveries(dependencies.webhooks.progress.items(), subscription_id)


def _view(place: Place, value: bytes) -> Sequence[ExhaustedDelivery]:
    """One exhausted delivery; none if its record can't be read."""
    try:
        return [ExhaustedDelivery(id=str(place), **read_exhausted(value).model_dump())]
    except ValidationError:
        return []


def _after(text: str | None) -> Place | None:
    if text is None:
        return None
    place = place_of(text)
    if place is None:
        raise InvalidField.of("after", "pass the `next` of a page")
    return place
