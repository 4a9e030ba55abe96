"""The routes of dead letters: the messages that were refused."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.api.answers import json_of
from services.api.dependencies import AppDependencies
from services.api.parameters import Limit
from services.dead_letters.dead_letter import letter_id_in
from services.dead_letters.page import PageCursor, newest_first
from services.dead_letters.selection import (
    REASONS,
    TIME_FORMATS,
    TOPICS,
    Selection,
    known_reasons,
    known_topics,
    parse_time,
)
from services.dead_letters.view import FullLetter, ListedLetter, full_view
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, NOT_FOUND, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import (
    FieldError,
    InvalidField,
    Problem,
)

T = TypeVar("T")
R = TypeVar("R")

router = APIRouter(
    prefix="/v1/dead-letters",
    tags=["dead letters"],
    dependencies=[Depends(needs(Scope.DEAD_LETTERS))],
    responses=REFUSALS,
)


class UnknownDeadLetter(Problem):
    """No dead letter has this id, or the customer that it named was erased."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-dead-letter"
    detail = "There is no dead letter with this id (any more); GET /v1/dead-letters lists them."


class LetterFilter(BaseModel):
    """Which dead letters. What is left out asks nothing."""

    model_config = ConfigDict(extra="forbid")

    reason: list[str] = Field(
        default=[], description=f"One of these reasons: {', '.join(REASONS)}.", max_length=100
    )
    topic: list[str] = Field(
        default=[],
        description=f"Refused in one of these: {', '.join(TOPICS)}; `shop`, `social`, `support` "
        "for short; or a path such as /v1/batch.",
        max_length=100,
    )
    since: str | None = Field(
        default=None, description=f"Since then: {TIME_FORMATS}.", examples=["7d"]
    )
    until: str | None = Field(default=None, description="Before then, written likewise.")
    customer: str | None = Field(
        default=None, description="Who has this name in the message, or as its key."
    )

    def selection(self, now: datetime, where: str = "") -> Selection:
        """The letters that it selects; raises InvalidField."""
        wrong: list[FieldError] = []

        def read(name: str, how: Callable[[T], R], value: T) -> R | None:
            try:
                return how(value)
            except ValueError as error:
                wrong.append(FieldError(field=where + name, message=str(error)))
                return None

        def instant(text: str | None) -> datetime | None:
            return None if text is None else parse_time(text, now)

        reasons = read("reason", known_reasons, self.reason)
        topics = read("topic", known_topics, self.topic)
        since, until = read("since", instant, self.since), read("until", instant, self.until)
        if wrong:
            raise InvalidField(wrong)
        customers = frozenset() if self.customer is None else frozenset({self.customer})
        return Selection(reasons or frozenset(), topics or frozenset(), since, until, customers)


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
    are from page to page. Letters that name an erased customer are left out.
    """
    letters = dependencies.dead_letters
    selection = query.selection(letters.now())
    try:
        cursor = None if query.cursor is None else PageCursor.from_text(query.cursor)
    except OpaqueError as error:
        raise InvalidField.of("cursor", error) from None
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
