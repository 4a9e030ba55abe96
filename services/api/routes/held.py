"""The route that lists held triggers."""

import re
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from schemas.held import HeldReason, HeldStatus, HeldTrigger
from services.api.answers import Listing
from services.api.dependencies import AppDependencies, Dependencies
from services.api.parameters import PageQuery
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import INVALID, REFUSALS, UNAVAILABLE, problems
from services.platform.http.opaque_text import OpaqueError
from services.platform.http.problems import InvalidField
from services.read_model.held_index import HeldCursor, HeldSelection, count_held, list_held

router = APIRouter(
    prefix="/v1",
    tags=["triggers"],
    dependencies=[Depends(needs(Scope.TRIGGERS))],
    responses=REFUSALS,
)

_AGE: Final = re.compile(r"([0-9]{1,5})([mhd])")
_MILLISECONDS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


class HeldQuery(PageQuery):
    """Which held triggers."""

    rule: Annotated[str, Field(min_length=1)] | None = Field(default=None, examples=["win_back"])
    reason: HeldReason | None = Field(default=None, description="Why they are held.")
    status: HeldStatus | None = Field(
        default=None, description="Where their review stands; `held` are those without a decision."
    )
    older_than: str | None = Field(
        default=None,
        description="Held longer ago: minutes, hours or days, such as 30m, 12h or 7d.",
        examples=["7d"],
        json_schema_extra={"pattern": f"^{_AGE.pattern}$"},
    )


class HeldCount(BaseModel):
    """How many held triggers of one kind there are."""

    rule: str
    reason: HeldReason
    status: HeldStatus
    count: int


class HeldListing(Listing[HeldTrigger]):
    """A page of held triggers, and how many there are."""

    counts: tuple[HeldCount, ...] = Field(
        description="Of all that the filters let through, but for `older_than`."
    )


@router.get(
    "/held",
    summary="Held triggers, the newest first",
    response_model=HeldListing,
    responses=problems(INVALID, UNAVAILABLE),
)
async def get_held(dependencies: AppDependencies, query: Annotated[HeldQuery, Query()]) -> Response:
    """Triggers that were not sent because they are history, and the decisions on them.

    They stay for 90 days at most; of very many the latest are kept. Go on with `cursor` while
    `next` is not null, with the same filters.
    """
    model, now_ms = dependencies.model, dependencies.erasures.now() // 1000
    await check_held_rule(dependencies, query.rule)
    selection = HeldSelection(
        rule=query.rule,
        reason=query.reason,
        statuses=() if query.status is None else (query.status,),
        before_ms=None if query.older_than is None else now_ms - _milliseconds(query.older_than),
    )
    page = await list_held(model, selection, _cursor(query.cursor), query.limit)
    counts = [
        {**group._asdict(), "count": count}
        for group, count in (await count_held(model)).items()
        if selection.wants(group)
    ]
    answer = {
        "items": [msgspec.Raw(each) for each in page.bodies],
        "next": None if page.next is None else page.next.to_text(),
        "as_of": page.as_of,
        "counts": counts,
    }
    return Response(
        msgspec.json.encode(answer), status_code=HTTPStatus.OK, media_type="application/json"
    )


async def check_held_rule(dependencies: Dependencies, rule: str | None) -> None:
    """Raise InvalidField if there is no such rule, in the policy or in a held trigger."""
    if rule is None or rule in dependencies.rules:
        return
    if rule not in {group.rule for group in await count_held(dependencies.model)}:
        names = ", ".join(dependencies.rules)
        message = f"there is no rule {rule!r}; there are {names}"
        raise InvalidField.of("rule", message)


def _milliseconds(age: str) -> int:
    match = _AGE.fullmatch(age)
    if match is None:
        message = "write minutes, hours or days, such as 30m, 12h or 7d"
        raise InvalidField.of("older_than", message)
    return int(match[1]) * _MILLISECONDS[match[2]]


def _cursor(text: str | None) -> HeldCursor | None:
    try:
        return None if text is None else HeldCursor.from_text(text)
    except OpaqueError as error:
        raise InvalidField.of("cursor", error) from None
