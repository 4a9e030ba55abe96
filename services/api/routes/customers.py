"""The routes of customers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from schemas.customer import Customer, RuleExplanation
from schemas.dimensions import Dimension, DimensionFilters, values_in
from schemas.transition import Transition
from schemas.trigger import Trigger
from services.api.answers import Listing, json_of, listing_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import CustomerId, PageQuery, unsealed
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import Kind, seal
from services.platform.http.problems import InvalidField
from services.read_model.customers import (
    Found,
    check_group,
    find_customer,
    list_ids,
    load_customers,
)
from services.read_model.transitions import TransitionPlace, list_transitions
from services.read_model.trigger_log import Selection, list_triggers
from topology.domain.history.instant import to_datetime
from topology.domain.view.explain import explain
from topology.domain.view.view import describe

router = APIRouter(
    prefix="/v1/customers",
    tags=["customers"],
    dependencies=[Depends(needs(Scope.STATE))],
    responses=REFUSALS,
)


class CustomersQuery(DimensionFilters, PageQuery):
    """Which customers. All filters that are given must hold."""


@router.get(
    "",
    summary="List customers",
    response_model=Listing[Customer],
    responses=problems(INVALID, UNAVAILABLE),
)
async def list_customers(
    dependencies: AppDependencies, query: Annotated[CustomersQuery, Query()]
) -> Response:
    """Customers, each once, by the segment and the like that they are in now.

    They come in the order of their ids; a customer of several names in that of the user id under
    which all of them were gathered.
    Each item says its own `as_of`; that of the list is the earliest that every partition has
    reached. Go on with `cursor` while `next` is not null. With several filters a page may hold
    fewer than `limit`, even none, before the end.
    """
    policy = dependencies.book.policy
    groups = [
        await check_group(dependencies.model, each, value, values_in(policy, each))
        for each in Dimension
        if (value := getattr(query, each)) is not None
    ]
    as_of = await dependencies.model.as_of()
    after = unsealed(Kind.CUSTOMERS, query.cursor)
    page = await list_ids(dependencies.model, groups, after, query.limit)
    items = [
        _describe(found, dependencies)
        for found in await load_customers(dependencies.model, page.ids)
    ]
    go_on = None if page.go_on_after is None else seal(Kind.CUSTOMERS, page.go_on_after)
    return json_of(Listing[Customer](items=tuple(items), next=go_on, as_of=as_of))


@router.get(
    "/{customer_id}",
    summary="One customer, live",
    response_model=Customer,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_customer(dependencies: AppDependencies, customer_id: CustomerId) -> Response:
    """The customer's segment, facts, open complaint, and when something changes next by itself.

    Any name of the person leads here: a user id, an anonymous id or `network:handle`.
    Money is in minor units: 5990 is 59.90 EUR.
    """
    return json_of(_describe(await find_customer(dependencies.model, customer_id), dependencies))


@router.get(
    "/{customer_id}/transitions",
    summary="A customer's history",
    response_model=Listing[Transition],
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_transitions(
    dependencies: AppDependencies, customer_id: CustomerId, query: Annotated[PageQuery, Query()]
) -> Response:
    """Every transition of the last year, oldest first: from where to where, why, and the facts.

    Under all names that the person has had; each says under which.
    """
    found = await find_customer(dependencies.model, customer_id)
    after = _place(query.cursor)
    bodies, further = await list_transitions(dependencies.model, found.names, after, query.limit)
    go_on = None if further is None else seal(Kind.TRANSITIONS, further.to_bytes())
    return listing_of(bodies, go_on, to_datetime(found.as_of))


@router.get(
    "/{customer_id}/triggers",
    summary="A customer's triggers",
    response_model=Listing[Trigger],
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_triggers(
    dependencies: AppDependencies, customer_id: CustomerId, query: Annotated[PageQuery, Query()]
) -> Response:
    """Every trigger of the last 90 days, oldest first, under all names of the person."""
    found = await find_customer(dependencies.model, customer_id)
    selection = Selection(customers=found.names)
    page = await list_triggers(dependencies.model, selection, query.cursor, query.limit, "cursor")
    go_on = None if page.whole else page.next.to_text()
    return listing_of(page.bodies, go_on, to_datetime(found.as_of))


@router.get(
    "/{customer_id}/why",
    summary="Why each rule did or did not fire",
    response_model=Listing[RuleExplanation],
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_why(dependencies: AppDependencies, customer_id: CustomerId) -> Response:
    """For each rule of the policy: what state it is in for this customer, and why."""
    found = await find_customer(dependencies.model, customer_id)
    items = explain(found.state, dependencies.book, found.as_of)
    return json_of(Listing[RuleExplanation](items=items, next=None, as_of=to_datetime(found.as_of)))


def _describe(found: Found, dependencies: Dependencies) -> Customer:
    return describe(found.key, found.state, dependencies.book, found.as_of)


def _place(cursor: str | None) -> TransitionPlace | None:
    kept = unsealed(Kind.TRANSITIONS, cursor)
    try:
        return None if kept is None else TransitionPlace.from_bytes(kept)
    except ValueError as error:
        raise InvalidField.of("cursor", error) from None
