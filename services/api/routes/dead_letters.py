"""Operations about messages that were refused: to read them, and to try them again."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError

from schemas.audit import AuditedAction
from services.api.answers import json_of
from services.api.dead_letter_problems import UnknownDeadLetter
from services.api.dead_letters import LetterFilter, RetryAnswer, RetryRequest, answer_of
from services.api.dependencies import AppDependencies
from services.api.page_query import Limit
from services.dead_letters.dead_letter import letter_id_in
from services.dead_letters.page import PageCursor, newest_first
from services.dead_letters.retry_page import (
    RetryCursor,
    RetryPageRequest,
    retry_by_ids,
    retry_next_page,
)
from services.dead_letters.view import FullLetter, ListedLetter, full_view
from services.platform.access.gate import is_allowed
from services.platform.access.needs import audited, key_of, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import FieldError, InvalidField

router = APIRouter(
    prefix="/v1/dead-letters",
    tags=["dead letters"],
    dependencies=[Depends(needs(Scope.DEAD_LETTERS))],
    responses=REFUSALS,
)

_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RetryRequest"}}},
    }
}
_BODY_PROBLEMS: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.BAD_REQUEST,
)


class DeadLettersQuery(LetterFilter):
    """Which dead letters, and which page of them."""

    limit: Limit = 100
    cursor: str | None = Field(default=None, description="`next` of the page before, as it is.")


class DeadLetterPage(BaseModel):
    """A page of dead letters, newest first."""

    items: tuple[ListedLetter, ...]
    next: str | None = Field(
        description="What to pass as `cursor`; null once nothing is left to be looked at. A page "
        "looks at a bounded number of letters: with a filter it may have few items, or none, and "
        "go on."
    )


@router.get(
    "",
    summary="Messages that were refused, newest first",
    response_model=DeadLetterPage,
    responses=problems(INVALID, UNAVAILABLE),
)
async def get_dead_letters(
    dependencies: AppDependencies, query: Annotated[DeadLettersQuery, Query()]
) -> Response:
    """What `journey.dead-letters.v1` holds: of 30 days, unless its retention says otherwise.

    Letters that come while somebody turns the pages are on none of them. Keep the filters as they
    are from page to page. Whoever was erased is left out.
    """
    letters = dependencies.dead_letters
    selection = query.selection(letters.now())
    try:
        cursor = None if query.cursor is None else PageCursor.from_text(query.cursor)
    except OpaqueError as error:
        raise _unusable(error) from None
    hidden = letters.erased().has
    async with letters.reading() as log:
        page = await newest_first(log, selection, cursor, letters.bounds(query.limit), hidden)
    following = None if page.next is None else page.next.to_text()
    return json_of(DeadLetterPage(items=page.letters, next=following))


@router.get(
    "/{letter_id}",
    summary="One of them, as received",
    response_model=FullLetter,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_dead_letter(dependencies: AppDependencies, letter_id: str) -> Response:
    """Its headers, and the key and the bytes as they were received."""
    letters, place = dependencies.dead_letters, letter_id_in(letter_id)
    if place is None:
        raise UnknownDeadLetter
    erased = letters.erased()
    async with letters.reading() as log:
        letter = await log.read_one(place)
    if letter is None or erased.has(letter):
        raise UnknownDeadLetter
    return json_of(full_view(letter))


@router.post(
    "/retry",
    summary="Try them again",
    response_model=RetryAnswer,
    responses=problems(INVALID, UNAVAILABLE, *_BODY_PROBLEMS),
    openapi_extra=_BODY,
    dependencies=[Depends(audited(AuditedAction.RETRY_DEAD_LETTERS))],
)
async def post_retry(dependencies: AppDependencies, request: Request) -> Response:
    """Send them, as received, through the door that refused them; up to 1,000 at once.

    This process's policy judges them first: what would only be refused again is listed and not
    sent, and a message that names somebody who was erased after it had come is not, either. A
    message counts once, however often it is tried again, and by whom. The dead letter itself stays
    until its retention is over.
    """
    asked = _asked(await request.body())
    letters, key = dependencies.dead_letters, key_of(request)
    may_unsuppress = is_allowed(key, Scope.UNSUPPRESS)
    send = None if asked.dry_run else dependencies.intake.event_producer.put
    ids = asked.wanted_ids()
    cursor = _retry_cursor(asked.cursor)
    filtered = asked.filter or LetterFilter()
    page_request = RetryPageRequest(
        filtered.selection(letters.now(), "filter."),
        letters.doors(may_unsuppress=may_unsuppress),
        send,
        letters.bounds(asked.limit),
    )
    async with letters.reading() as log:
        if asked.ids is not None:
            found = await retry_by_ids(log, ids, page_request)
        else:
            found = await retry_next_page(log, cursor, page_request)
    following = None if found.next is None else found.next.to_text()
    return json_of(answer_of(found.tried, following, dry_run=asked.dry_run))


def _asked(body: bytes) -> RetryRequest:
    try:
        return RetryRequest.model_validate_json(body)
    except ValidationError as error:
        found = [
            FieldError(field=".".join(map(str, each["loc"])), message=each["msg"])
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidField(found) from None


def _retry_cursor(text: str | None) -> RetryCursor | None:
    try:
        return None if text is None else RetryCursor.from_text(text)
    except OpaqueError as error:
        raise _unusable(error) from None


def _unusable(error: OpaqueError) -> InvalidField:
    return InvalidField([FieldError(field="cursor", message=str(error))])
