"""The routes of triggers, over all customers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.trigger import Trigger
from services.api.answers import Listing, listing_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.long_poll import wait_for_answer
from services.api.parameters import CustomerName, Limit
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, REFUSALS, UNAVAILABLE, problems
from services.platform.http.problems import InvalidField
from services.read_model.customers import names_of
from services.read_model.trigger_log import (
    Selection,
    TriggerPage,
    list_triggers,
    stored_rules,
)

router = APIRouter(
    prefix="/v1",
    tags=["triggers"],
    dependencies=[Depends(needs(Scope.TRIGGERS))],
    responses=REFUSALS,
)


class TriggersQuery(BaseModel):
    """Which triggers, and how long to wait for one."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="`next` of the answer before; from the oldest one if left out."
    )
    rule: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="A rule of the policy.", examples=["win_back"]
    )
    customer: CustomerName | None = Field(default=None, examples=["c-42"])
    limit: Limit = 100
    wait: float = Field(
        default=0, ge=0, le=60, description="Wait up to this many seconds if there is none yet."
    )


@router.get(
    "/triggers",
    summary="Triggers in order, each once",
    response_model=Listing[Trigger],
    responses=problems(INVALID, UNAVAILABLE),
)
async def get_triggers(
    dependencies: AppDependencies, request: Request, query: Annotated[TriggersQuery, Query()]
) -> Response:
    """Triggers of the last 90 days, by the time at which Kafka took them.

    `next` is always a cursor: pass it as `after` to get what comes then. A client that goes on
    like that gets every trigger exactly once, even if the read model is rebuilt meanwhile. Keep the
    filters as they are from page to page. With `wait` the answer comes as soon as there is a
    trigger; an empty list means that none came.
    """
    await check_rule(dependencies, query.rule)

    async def read() -> TriggerPage:
        # Somebody may get another name while we wait.
        name = query.customer
        selection = Selection(
            query.rule, () if name is None else await names_of(dependencies.model, name)
        )
        return await list_triggers(dependencies.model, selection, query.after, query.limit, "after")

    page = await read()
    if query.wait and not page.logged:
        with dependencies.metrics.waiting.track_inprogress():
            page = await wait_for_answer(
                read, lambda found: bool(found.logged), dependencies.arrivals, request, query.wait
            )
    return listing_of(page.bodies, page.next.to_text(), page.as_of)


async def check_rule(dependencies: Dependencies, rule: str | None) -> None:
    """Raise InvalidField if there is no such rule, in the policy or in a trigger that is kept."""
    if rule is None or rule in dependencies.rules:
        return
    if rule not in await stored_rules(dependencies.model):
        names = ", ".join(dependencies.rules)
        message = f"there is no rule {rule!r}; there are {names}"
        raise InvalidField.of("rule", message)
