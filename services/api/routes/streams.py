"""The routes of streams: server-sent events of triggers, and of one customer."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import CustomerId, CustomerName
from services.api.routes.triggers import check_rule
from services.api.streams.customer_news import CustomerPlace
from services.api.streams.customer_stream import CustomerStream
from services.api.streams.event_stream import EventStream
from services.api.streams.trigger_stream import TriggerStream, Wanted
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import InvalidField
from services.read_model.cursor import log_ends
from services.read_model.trigger_log import read_cursor

router = APIRouter(prefix="/v1", responses=REFUSALS)

NOW: Final = "now"
"""Instead of a cursor: only what comes from now on."""

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The `id` of the last event that was received. A browser's EventSource sends "
        "it when it connects again. It goes before `after`.",
    ),
]


def _events(description: str, *names: str) -> dict[int | str, dict[str, Any]]:
    """The documentation of a stream: the schema is that of each event in it."""
    event = {
        "type": "object",
        "required": ["event", "id", "data"],
        "properties": {
            "event": {"enum": list(names)},
            "id": {"type": "string"},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
    }
    content = {EventStream.media_type: {"schema": event}}
    return {int(HTTPStatus.OK): {"description": description, "content": content}}


class TriggerStreamQuery(BaseModel):
    """Which triggers, and from where on."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="An `id`, or `next` of `GET /v1/triggers`; `now` for only what comes from now "
        "on; from the oldest one if left out.",
    )
    rule: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="A rule of the policy.", examples=["win_back"]
    )
    customer: CustomerName | None = Field(default=None, examples=["c-42"])


class CustomerStreamQuery(BaseModel):
    """From where on."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="An `id` of this stream; from now on if left out."
    )


@router.get(
    "/triggers/stream",
    tags=["triggers"],
    dependencies=[Depends(needs(Scope.TRIGGERS))],
    summary="Triggers as they come, as server-sent events",
    response_class=Response,
    responses={
        **_events("Events `trigger`, each a trigger.", "trigger"),
        **problems(INVALID, UNAVAILABLE),
    },
)
async def stream_triggers(
    dependencies: AppDependencies,
    query: Annotated[TriggerStreamQuery, Query()],
    last_event_id: LastEventId = None,
) -> Response:
    """The triggers of `GET /v1/triggers`, in the same order, each as an event when it comes.

    A client that connects again with the `id` of the last event gets every trigger exactly once;
    the ids are cursors of `GET /v1/triggers`, too. Keep the filters as they are. A comment comes
    every 15 seconds in which nothing else does. A client that reads too slowly is cut off, with a
    comment that says so.
    """
    await check_rule(dependencies, query.rule)
    field, text = _start(last_event_id, query.after)
    if text == NOW:
        place = (await log_ends(dependencies.model)).triggers
    else:
        place = await read_cursor(dependencies.model, text, field)
    stream = TriggerStream(
        dependencies.model, dependencies.trigger_feed, Wanted(query.rule, query.customer)
    )
    return EventStream(stream.frames(place), dependencies.seats.taken("triggers"))


@router.get(
    "/customers/{customer_id}/stream",
    tags=["customers"],
    dependencies=[Depends(needs(Scope.STATE))],
    summary="One customer as they change, as server-sent events",
    response_class=Response,
    responses={
        **_events(
            "Events `customer`, `transition` and `trigger`.", "customer", "transition", "trigger"
        ),
        **problems(NOT_FOUND, INVALID, UNAVAILABLE),
    },
)
async def stream_customer(
    dependencies: AppDependencies,
    customer_id: CustomerId,
    query: Annotated[CustomerStreamQuery, Query()],
    last_event_id: LastEventId = None,
) -> Response:
    """First an event `customer` as in `GET /v1/customers/{customer_id}`, then what happens.

    An event `customer` whenever the customer is another than before (not for `as_of` alone), a
    `transition` for each transition and a `trigger` for each trigger; the customer may come just
    before or after what brought the change about. A client that connects again with the `id` of
    the last event gets every transition and trigger exactly once. Heartbeats and limits are those
    of `GET /v1/triggers/stream`.
    """
    place = await _customer_place(dependencies, *_start(last_event_id, query.after))
    stream = CustomerStream(
        dependencies.model, dependencies.book, dependencies.customer_feeds, customer_id
    )
    return EventStream(stream.frames(place), dependencies.seats.taken("customer"))


def _start(last_event_id: str | None, after: str | None) -> tuple[str, str | None]:
    """The name of what was given, and its value."""
    return ("Last-Event-ID", last_event_id) if last_event_id else ("after", after)


async def _customer_place(
    dependencies: Dependencies, field: str, text: str | None
) -> CustomerPlace | None:
    if text is None:
        return None
    try:
        return CustomerPlace.from_text(text, await log_ends(dependencies.model))
    except OpaqueError as error:
        raise InvalidField.of(field, error) from None
