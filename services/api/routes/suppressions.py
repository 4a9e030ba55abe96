"""The operations about the suppression list."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.audit import AuditedAction
from schemas.contract import UtcDatetime
from schemas.messages.support import LONGEST_REASON
from services.api.answers import Listing, json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.page_query import PageQuery, unsealed
from services.api.profile_name import ProfileName
from services.api.suppressions import list_suppressed, suppression_record
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, REFUSALS, UNAVAILABLE, UNREADABLE, problems
from services.read_model.customers import Found
from services.read_model.opaque import Kind, seal
from topology.domain.view.view import suppressed_by

router = APIRouter(prefix="/v1", tags=["customers"], responses=REFUSALS)

_PROBLEMS: Final = problems(UNREADABLE, INVALID, UNAVAILABLE)


class SuppressionReason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Annotated[str, Field(max_length=LONGEST_REASON)] | None = Field(
        default=None, examples=["asked by letter of 2026-09-08"]
    )


class AskedSuppression(BaseModel):
    """What Kafka has, for the workers to take."""

    customer_id: str
    suppressed: bool
    at: UtcDatetime = Field(description="When Kafka was told: the latest word counts.")


class ListedSuppression(BaseModel):
    """Somebody who is on the list."""

    customer_id: str
    names: tuple[str, ...] = Field(description="All names of this person, sorted.")
    since: UtcDatetime = Field(description="When it was last said.")
    reason: str | None


@router.post(
    "/customers/{customer_id}/suppress",
    status_code=HTTPStatus.ACCEPTED,
    summary="Put a customer on the suppression list",
    dependencies=[Depends(needs(Scope.ADMIN)), Depends(audited(AuditedAction.SUPPRESS))],
    response_model=AskedSuppression,
    responses=_PROBLEMS,
)
async def suppress_customer(
    dependencies: AppDependencies, customer_id: ProfileName, said: SuppressionReason | None = None
) -> Response:
    """No promotion for whoever has this name, whatever else holds; also if nobody is known by it.

    Kafka has it when this is answered, and the workers take it a moment later. Triggers that have
    been sent by then are not called back.
    """
    return await _say(dependencies, customer_id, said, suppressed=True)


@router.post(
    "/customers/{customer_id}/unsuppress",
    status_code=HTTPStatus.ACCEPTED,
    summary="Take a customer off the suppression list",
    dependencies=[Depends(needs(Scope.UNSUPPRESS)), Depends(audited(AuditedAction.UNSUPPRESS))],
    response_model=AskedSuppression,
    responses=_PROBLEMS,
)
async def unsuppress_customer(
    dependencies: AppDependencies, customer_id: ProfileName, said: SuppressionReason | None = None
) -> Response:
    """What was held back is decided afresh. What else holds promotion back still does."""
    return await _say(dependencies, customer_id, said, suppressed=False)


@router.get(
    "/suppressions",
    summary="Who is on the suppression list",
    dependencies=[Depends(needs(Scope.STATE))],
    response_model=Listing[ListedSuppression],
    responses=problems(INVALID, UNAVAILABLE),
)
async def list_suppressions(
    dependencies: AppDependencies, query: Annotated[PageQuery, Query()]
) -> Response:
    """Since when and why, in the order of their ids. Go on with `cursor` while `next` is not null.

    Who was erased is not in here, though the list still holds for them.
    """
    clocks, _ = await dependencies.model.ask()
    page = await list_suppressed(
        dependencies.model, unsealed(Kind.SUPPRESSIONS, query.cursor), query.limit
    )
    items = tuple(_listed(each) for each in page.customers)
    go_on = None if page.go_on_after is None else seal(Kind.SUPPRESSIONS, page.go_on_after)
    return json_of(Listing[ListedSuppression](items=items, next=go_on, as_of=clocks.everywhere()))


async def _say(
    dependencies: Dependencies, name: str, said: SuppressionReason | None, *, suppressed: bool
) -> Response:
    intake = dependencies.intake
    at, reason = intake.now(), None if said is None else said.reason
    record = suppression_record(
        name, suppressed=suppressed, reason=reason, message_id=intake.new_id()
    )
    await intake.event_producer.put([record])
    answer = json_of(AskedSuppression(customer_id=name, suppressed=suppressed, at=at))
    answer.status_code = HTTPStatus.ACCEPTED
    return answer


def _listed(found: Found) -> ListedSuppression:
    word = suppressed_by(found.state.history.person.suppression)
    assert word is not None  # noqa: S101 - only who is on the list is handed in
    return ListedSuppression(
        customer_id=found.state.customer_id,
        names=found.names,
        since=word.since,
        reason=word.reason,
    )
