"""The routes that erase a customer."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from schemas.audit import AuditedAction
from schemas.contract import UtcDatetime
from schemas.erasure import Erasure, ErasureStatus
from services.api.answers import json_of
from services.api.dependencies import AppDependencies
from services.api.erasure_requests import SaltNeeded
from services.api.parameters import ProfileName
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.problems import Problem

router = APIRouter(
    prefix="/v1",
    tags=["customers"],
    dependencies=[Depends(needs(Scope.ADMIN))],
    responses=REFUSALS,
)


class UnknownErasure(Problem):
    """No erasure has this id."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-erasure"
    detail = "There is no such erasure. POST /v1/customers/{id}/erase answers with its id."


class ErasureView(BaseModel):
    """How far an erasure is. It does not say whose."""

    erasure_id: str = Field(examples=["era_6f0d2c41b7a94e0d8c35"])
    status: ErasureStatus
    requested_at: UtcDatetime
    erased_at: UtcDatetime | None = Field(
        description="What happened until then is gone, and does not come back."
    )
    reason: str | None = Field(description="Why it was refused, and what to do.")


@router.post(
    "/customers/{customer_id}/erase",
    status_code=HTTPStatus.ACCEPTED,
    summary="Forget a customer",
    dependencies=[Depends(audited(AuditedAction.ERASE))],
    response_model=ErasureView,
    responses=problems(INVALID, UNAVAILABLE),
)
async def erase_customer(dependencies: AppDependencies, customer_id: ProfileName) -> Response:
    """The workers erase the customer with this name, under all names.

    The name need not be known yet. Ask at `Location` until it is done. An event of before the
    erasure that arrives again is left out; later events make a new customer.
    """
    if dependencies.erasures.salt is None:
        raise SaltNeeded
    erasure = await dependencies.erasures.request(customer_id, dependencies.erasures.salt)
    answer = json_of(_view(erasure))
    answer.status_code = HTTPStatus.ACCEPTED
    answer.headers["Location"] = f"{router.prefix}/erasures/{erasure.erasure_id}"
    return answer


@router.get(
    "/erasures/{erasure_id}",
    summary="How far an erasure is",
    response_model=ErasureView,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_erasure(
    dependencies: AppDependencies,
    erasure_id: Annotated[str, Path(examples=["era_6f0d2c41b7a94e0d8c35"])],
) -> Response:
    """Requested, done, or refused with the reason. It is known for a year."""
    erasure = dependencies.erasures.find(erasure_id)
    if erasure is None:
        raise UnknownErasure
    return json_of(_view(erasure))


def _view(erasure: Erasure) -> ErasureView:
    return ErasureView(**erasure.model_dump(exclude={"marks", "salt"}))
