"""The route that tries dead letters again."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.audit import AuditedAction
from schemas.contract import WritableText
from services.api.answers import json_of
from services.api.dependencies import AppDependencies
from services.api.routes.dead_letters import LetterFilter
from services.dead_letters.dead_letter import LetterId, letter_id_in
from services.dead_letters.retry import Fate, RetryResult, RetryTotals
from services.dead_letters.retry_page import (
    RetryCursor,
    RetryPageRequest,
    retry_by_ids,
    retry_next_page,
)
from services.platform.access.gate import is_allowed
from services.platform.access.needs import audited, key_of, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import (
    FieldError,
    InvalidField,
)

AT_ONCE: Final = 1_000
"""Letters that one request tries again."""

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


class RetryRequest(BaseModel):
    """Which dead letters to try again: some by their ids, or all that a filter lets through."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str], Field(min_length=1, max_length=AT_ONCE)] | None = None
    filter: LetterFilter | None = Field(default=None, description="`{}` lets all through.")
    limit: int = Field(default=AT_ONCE, ge=1, le=AT_ONCE, description="At most this many letters.")
    cursor: str | None = Field(
        default=None, description="With a filter: `next` of the answer before, as it is."
    )
    dry_run: bool = Field(default=False, description="Only say what would become of them.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            msg = "give either ids or a filter"
            raise ValueError(msg)
        return self

    def wanted_ids(self) -> list[LetterId]:
        """The ids; raises InvalidField."""
        found = [letter_id_in(each) for each in self.ids or ()]
        wrong = [
            FieldError(field=f"ids.{index}", message="write PARTITION-OFFSET, such as 3-17")
            for index, each in enumerate(found)
            if each is None
        ]
        if wrong:
            raise InvalidField(wrong)
        return [each for each in found if each is not None]


class TriedLetter(BaseModel):
    """What became of one dead letter."""

    id: str = Field(examples=["3-17"])
    fate: Fate
    reason: str = Field(description="If it is refused again, why; else why it had been refused.")
    detail: WritableText = Field(description="Why it did not go; empty if it did.")


class RetryAnswer(BaseModel):
    """What became of the dead letters. What was retried is in its source for good."""

    dry_run: bool
    retried: dict[str, int] = Field(
        description="How many go to their endpoint again, by the reason for which they had been "
        "refused.",
        examples=[{"no_exchange_rate": 22}],
    )
    refused: dict[str, int] = Field(description="How many do not, likewise; `letters` says why.")
    letters: tuple[TriedLetter, ...]
    next: str | None = Field(
        description="With a filter: if there may be more, what to send as `cursor`."
    )


def answer_of(tried: Sequence[RetryResult], cursor: str | None, *, dry_run: bool) -> RetryAnswer:
    """Put the answer together."""
    totals = RetryTotals()
    totals.add(tried)
    return RetryAnswer(
        dry_run=dry_run,
        retried=totals.retried,
        refused=totals.refused,
        letters=tuple(
            TriedLetter(
                id=str(each.id),
                fate=each.decision.fate,
                reason=each.decision.reason,
                detail=each.decision.detail,
            )
            for each in tried
        ),
        next=cursor,
    )


@router.post(
    "/retry",
    summary="Try them again",
    response_model=RetryAnswer,
    responses=problems(INVALID, UNAVAILABLE, *_BODY_PROBLEMS),
    openapi_extra=_BODY,
    dependencies=[Depends(audited(AuditedAction.RETRY_DEAD_LETTERS))],
)
async def post_retry(dependencies: AppDependencies, request: Request) -> Response:
    """Send them, as received, through the endpoint that refused them; up to 1,000 at once.

    This process validates them first, by its policy: a letter that would only be refused again is
    listed and not sent. Nor is a message of a customer who was erased after it had arrived. A
    message counts once, however often anybody tries it again. The dead letter itself stays until
    its retention is over.
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
        letters.retry_context(may_unsuppress=may_unsuppress),
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
        raise InvalidField.of("cursor", error) from None
