"""The routes of the suppression list: to change it through Kafka, and to read it."""

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas import topics
from schemas.audit import AuditedAction
from schemas.contract import UtcDatetime
from schemas.messages.catalogue import CUSTOMER_SUPPRESSED, CUSTOMER_UNSUPPRESSED
from schemas.messages.support import LONGEST_REASON
from services.api.answers import Listing, json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import PageQuery, ProfileName, unsealed
from services.ingest.event_producer import Record
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, REFUSALS, UNAVAILABLE, UNREADABLE, problems
from services.platform.http.opaque_text import Kind, seal
from services.read_model.customers import Found, list_ids, load_customers
from services.read_model.rows import SUPPRESSED
from topology.domain.history.suppression import is_suppressed
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
    at: UtcDatetime = Field(description="When Kafka took it. The latest change counts.")


class ListedSuppression(BaseModel):
    """Somebody who is on the list."""

    customer_id: str
    names: tuple[str, ...] = Field(description="All names of this person, sorted.")
    since: UtcDatetime = Field(description="When they were last put on the list.")
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
    dependencies: AppDependencies, customer_id: ProfileName, reason: SuppressionReason | None = None
) -> Response:
    """The customer with this name gets no promotion, whatever else holds.

    The name need not be known yet. Kafka has it when this is answered, and the workers apply it a
    moment later. Triggers that were raised before are not called back.
    """
    return await _send(dependencies, customer_id, reason, suppressed=True)


@router.post(
    "/customers/{customer_id}/unsuppress",
    status_code=HTTPStatus.ACCEPTED,
    summary="Take a customer off the suppression list",
    dependencies=[Depends(needs(Scope.UNSUPPRESS)), Depends(audited(AuditedAction.UNSUPPRESS))],
    response_model=AskedSuppression,
    responses=_PROBLEMS,
)
async def unsuppress_customer(
    dependencies: AppDependencies, customer_id: ProfileName, reason: SuppressionReason | None = None
) -> Response:
    """Each held promotion is decided again. Other reasons to hold it still count."""
    return await _send(dependencies, customer_id, reason, suppressed=False)


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

    An erased customer is not in here, though the list still holds for them.
    """
    as_of = await dependencies.model.as_of()
    after = unsealed(Kind.SUPPRESSIONS, query.cursor)
    page = await list_ids(dependencies.model, [SUPPRESSED], after, query.limit)
    items = tuple(
        _listed(each)
        for each in await load_customers(dependencies.model, page.ids)
        if is_suppressed(each.state.history.person.suppression)
    )
    go_on = None if page.go_on_after is None else seal(Kind.SUPPRESSIONS, page.go_on_after)
    return json_of(Listing[ListedSuppression](items=items, next=go_on, as_of=as_of))


async def _send(
    dependencies: Dependencies, name: str, reason: SuppressionReason | None, *, suppressed: bool
) -> Response:
    intake = dependencies.intake
    at = intake.now()
    record = suppression_record(
        name,
        suppressed=suppressed,
        reason=None if reason is None else reason.reason,
        message_id=intake.new_id(),
    )
    await intake.event_producer.put([record])
    answer = json_of(AskedSuppression(customer_id=name, suppressed=suppressed, at=at))
    answer.status_code = HTTPStatus.ACCEPTED
    return answer


def suppression_record(
    name: str, *, suppressed: bool, reason: str | None, message_id: str
) -> Record:
    """The source message that puts the customer with this name on the list, or takes them off.

    It names them by `anonymousId`: only messages of the shop make a name a user id. It has no time
    of its own: it counts from its arrival, so nothing that came before is later.
    """
    message: dict[str, Any] = {
        "type": "track",
        "event": (CUSTOMER_SUPPRESSED if suppressed else CUSTOMER_UNSUPPRESSED).name,
        "messageId": message_id,
        "anonymousId": name,
        "properties": {} if reason is None else {"reason": reason},
    }
    return Record(topics.SUPPORT_EVENTS, name.encode(), msgspec.json.encode(message))


def _listed(found: Found) -> ListedSuppression:
    latest = suppressed_by(found.state.history.person.suppression)
    assert latest is not None  # noqa: S101 - only customers on the list are passed
    return ListedSuppression(
        customer_id=found.state.customer_id,
        names=found.names,
        since=latest.since,
        reason=latest.reason,
    )
