"""The routes that release and dismiss held triggers."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.audit import ANYBODY, AuditedAction
from schemas.contract import UtcDatetime
from schemas.held import HeldStatus
from services.api.answers import json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.held_commands import (
    OPEN,
    UNDECIDED,
    Chosen,
    choose_by_ids,
    choose_to_dismiss,
    choose_to_release,
    commands,
    newest_of_each_customer,
    send_commands,
    turns,
)
from services.api.routes.held import check_held_rule
from services.platform.access.needs import audited, key_of, needs
from services.platform.access.scope import Scope
from services.platform.http.documented import (
    INVALID,
    NOT_FOUND,
    REFUSALS,
    UNAVAILABLE,
    UNREADABLE,
    problems,
)
from services.platform.http.problems import FieldError, InvalidField, Problem
from services.read_model.reader import ReadModel
from topology.domain.history.instant import Instant, to_datetime

AT_ONCE: Final = 1_000
"""Ids in one request."""
MOST: Final = 10_000
"""Held triggers that one request decides."""
FASTEST: Final = 1_000_000
"""Releases an hour."""

router = APIRouter(prefix="/v1/held", tags=["triggers"], responses=REFUSALS)

_PROBLEMS: Final = problems(UNREADABLE, INVALID, NOT_FOUND, UNAVAILABLE)


class NothingHeld(Problem):
    """No held trigger matches."""

    status, kind = HTTPStatus.NOT_FOUND, "nothing-held"
    detail = "No held trigger matches this, or all of them are decided. GET /v1/held lists them."


class DismissRequest(BaseModel):
    """Which held triggers: some by their ids, or all of a rule, a segment, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=AT_ONCE)] | None = Field(
        default=None, description="Trigger ids."
    )
    rule: Annotated[str, Field(min_length=1)] | None = Field(default=None, examples=["win_back"])
    segment: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="The segment in which they were held.", examples=["at_risk"]
    )
    limit: int = Field(default=AT_ONCE, ge=1, le=MOST, description="At most so many, the newest.")
    dry_run: bool = Field(default=False, description="Only say how many would be decided.")

    def check(self) -> None:
        """Raise InvalidField unless it names some by one of both ways."""
        by_group = self.rule is not None or self.segment is not None
        if (self.ids is None) != by_group:
            raise InvalidField.of("ids", "give either ids, or a rule, a segment or both")


class ReleaseRequest(DismissRequest):
    """Which held triggers are to be released, and how fast."""

    per_hour: int | None = Field(
        default=None, ge=1, le=FASTEST, description="At most so many an hour; all at once if null."
    )


class ReviewAnswer(BaseModel):
    """The commands for the workers. `GET /v1/held` shows what they decided."""

    asked: int = Field(description="How many held triggers the workers decide on.")
    skipped: dict[str, int] = Field(
        description="How many others matched, by why they are skipped: `older` (a newer one of "
        "the same customer is released), `expired`, or what was decided before.",
        examples=[{"older": 12}],
    )
    more: bool = Field(description="True if there may be more than `limit`: ask again.")
    until: UtcDatetime | None = Field(description="When the last of them has its turn.")
    dry_run: bool


@router.post(
    "/release",
    status_code=HTTPStatus.ACCEPTED,
    summary="Release held triggers",
    dependencies=[Depends(needs(Scope.RELEASE)), Depends(audited(AuditedAction.RELEASE_HELD))],
    response_model=ReviewAnswer,
    responses=_PROBLEMS,
)
async def release_held(
    dependencies: AppDependencies, request: Request, asked: ReleaseRequest
) -> Response:
    """The workers send those that their rules would send now; of each customer only the newest.

    Each is decided again when its turn comes: the customer must still meet the rule's conditions,
    and consent, suppression, care, rest and caps count as for any trigger. A repeated request sends
    nothing twice.
    """
    asked.check()
    model, now = dependencies.model, dependencies.erasures.now()
    if asked.ids is None:
        await check_held_rule(dependencies, asked.rule)
        found = await choose_to_release(model, asked.rule, asked.segment, asked.limit, now)
    else:
        found = newest_of_each_customer(await _with_ids(model, asked.ids, OPEN))
    chosen = _some(found)
    times = turns(len(chosen.held), now, asked.per_hour)
    if not asked.dry_run:
        await _send(dependencies, request, chosen, times, dismisses=False)
    until = None if asked.per_hour is None or not times else to_datetime(times[-1])
    return _answer(chosen, until, dry_run=asked.dry_run)


@router.post(
    "/dismiss",
    status_code=HTTPStatus.ACCEPTED,
    summary="Dismiss held triggers",
    dependencies=[Depends(needs(Scope.DISMISS)), Depends(audited(AuditedAction.DISMISS_HELD))],
    response_model=ReviewAnswer,
    responses=_PROBLEMS,
)
async def dismiss_held(
    dependencies: AppDependencies, request: Request, asked: DismissRequest
) -> Response:
    """They are never sent. A release that still waits for its turn is dismissed, too."""
    asked.check()
    model = dependencies.model
    if asked.ids is None:
        await check_held_rule(dependencies, asked.rule)
        found = await choose_to_dismiss(model, asked.rule, asked.segment, asked.limit)
    else:
        found = await _with_ids(model, asked.ids, UNDECIDED)
    chosen = _some(found)
    if not asked.dry_run:
        await _send(dependencies, request, chosen, [0] * len(chosen.held), dismisses=True)
    return _answer(chosen, None, dry_run=asked.dry_run)


async def _send(
    dependencies: Dependencies,
    request: Request,
    chosen: Chosen,
    times: Sequence[Instant],
    *,
    dismisses: bool,
) -> None:
    app_id, by = dependencies.erasures.app_id, _name_of(request)
    records = commands(app_id, chosen.held, by, dismisses=dismisses, not_before=times)
    await send_commands(dependencies.intake.event_producer, records)


async def _with_ids(model: ReadModel, ids: Sequence[str], allowed: Sequence[HeldStatus]) -> Chosen:
    chosen, unknown = await choose_by_ids(model, ids, allowed)
    if unknown:
        message = "no held trigger has this id"
        raise InvalidField(
            [FieldError(field=f"ids.{ids.index(each)}", message=message) for each in unknown]
        )
    return chosen


def _some(found: Chosen) -> Chosen:
    if not found.held and not found.skipped:
        raise NothingHeld
    return found


def _answer(chosen: Chosen, until: UtcDatetime | None, *, dry_run: bool) -> Response:
    answer = json_of(
        ReviewAnswer(
            asked=len(chosen.held),
            skipped=chosen.skipped,
            more=chosen.more,
            until=until,
            dry_run=dry_run,
        )
    )
    answer.status_code = HTTPStatus.ACCEPTED
    return answer


def _name_of(request: Request) -> str:
    """Who asks: the name of the key, or its id if it has none."""
    key = key_of(request)
    return ANYBODY if key is None else key.name or key.id
