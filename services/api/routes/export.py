"""The route that exports everything that is held of a customer."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from schemas.audit import AuditedAction
from schemas.customer_export import CustomerExport
from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.api.answers import json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import CustomerId
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.read_model.customers import find_customer
from services.read_model.held_index import held_of
from services.read_model.transitions import TransitionPlace, list_transitions
from services.read_model.trigger_log import Selection, list_triggers
from topology.domain.view.records import records_of
from topology.domain.view.view import describe

router = APIRouter(
    prefix="/v1/customers",
    tags=["customers"],
    dependencies=[Depends(needs(Scope.STATE)), Depends(needs(Scope.TRIGGERS))],
    responses=REFUSALS,
)

AT_ONCE: Final = 1_000
"""How many transitions or triggers are read at a time."""


@router.post(
    "/{customer_id}/export",
    summary="All that is held of a customer",
    dependencies=[Depends(audited(AuditedAction.EXPORT))],
    response_model=CustomerExport,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def export_customer(dependencies: AppDependencies, customer_id: CustomerId) -> Response:
    """The customer as others see them, the records behind that, and the whole history.

    By any name of the person, of all names. The messages from which all of this was worked out lie
    in the source topics for 30 days, and are not in here.
    """
    found = await find_customer(dependencies.model, customer_id)
    export = CustomerExport(
        customer=describe(found.key, found.state, dependencies.book, found.as_of),
        records=records_of(found.state),
        transitions=tuple([each async for each in _transitions(dependencies, found.names)]),
        triggers=tuple([each async for each in _triggers(dependencies, found.names)]),
        held=tuple(
            HeldTrigger.model_validate_json(each)
            for each in await held_of(dependencies.model, found.names)
        ),
    )
    return json_of(export)


async def _transitions(
    dependencies: Dependencies, names: tuple[str, ...]
) -> AsyncIterator[Transition]:
    after: TransitionPlace | None = None
    while True:
        some, after = await list_transitions(dependencies.model, names, after, AT_ONCE)
        for each in some:
            yield Transition.model_validate_json(each)
        if after is None:
            return


async def _triggers(dependencies: Dependencies, names: tuple[str, ...]) -> AsyncIterator[Trigger]:
    after: str | None = None
    while True:
        page = await list_triggers(
            dependencies.model, Selection(customers=names), after, AT_ONCE, "after"
        )
        for each in page.bodies:
            yield Trigger.model_validate_json(each)
        if page.whole:
            return
        after = page.next.to_text()
