"""Operations for those who run it: counts, health, readiness, metrics."""

import time
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from schemas.counted import counted
from services.api.answers import Alive, Ready, SegmentCounts, json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.metrics import ModelFigures, away_text, dead_letters_text, lag_text
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import REFUSALS, UNAVAILABLE, problems
from services.platform.http.problems import NotBuilt, Unavailable
from services.read_model.overview import (
    Condition,
    count_group,
    count_segments,
    count_triggers,
    look_at_projector,
    sources_of,
)
from services.read_model.read_rows import SHARED, UNMATCHED

router = APIRouter()

MAY_BE_BEHIND_S: Final = 5.0


@router.get(
    "/v1/segments",
    tags=["customers"],
    dependencies=[Depends(needs(Scope.STATE))],
    summary="How many customers are in each segment",
    response_model=SegmentCounts,
    responses={**REFUSALS, **problems(UNAVAILABLE)},
)
async def get_segments(dependencies: AppDependencies) -> Response:
    """Counts by segment, stage, tier and care, now. Segments without customers are there with 0."""
    return json_of(await count_segments(dependencies.model, dependencies.book.policy))


@router.get(
    "/healthz",
    tags=["operations"],
    summary="Does the process live?",
    response_model=Alive,
    responses=problems(),
)
async def get_health() -> Response:
    """Always 200, whatever is away: restarting this process would not help then."""
    return json_of(Alive(status="ok"))


@router.get(
    "/readyz",
    tags=["operations"],
    summary="Is what it would answer there and fresh?",
    response_model=Ready,
    responses=problems(UNAVAILABLE),
)
async def get_readiness(dependencies: AppDependencies) -> Response:
    """200 if Redis answers and the projector lives and keeps up; else 503, which says what not.

    While a partition of the workers stands still it is 200, too, and `degraded`: no other process
    of this API could answer better.
    """
    condition = await look_at_projector(dependencies.model)
    report = condition.report
    if report is None:
        raise Unavailable("projector-away", _away(condition))
    if not condition.built:
        raise NotBuilt
    if report.behind_s is None or report.behind_s > MAY_BE_BEHIND_S:
        behind = counted(report.lag, "record")
        detail = f"The projector is behind Kafka by {behind}: it is catching up, or "
        raise Unavailable("projector-behind", detail + "Kafka does not answer it.")
    clocks, _ = await dependencies.model.ask()
    ready = Ready(
        status="degraded" if dependencies.worker_lag.still else "ready",
        lag=report.lag,
        behind_s=report.behind_s,
        as_of=clocks.everywhere(),
        sources=sources_of(dependencies.worker_lag),
    )
    return json_of(ready)


def _away(condition: Condition) -> str:
    state = "what it built is there, but gets old" if condition.built else "nothing is built yet"
    return f"No projector is at work ({state}): start `stammkunde projector`."


@router.get(
    "/metrics",
    tags=["operations"],
    summary="Figures for Prometheus",
    dependencies=[Depends(needs(Scope.METRICS))],
    response_class=Response,
    responses={
        HTTPStatus.OK: {"content": {"text/plain": {}}, "description": "Prometheus' text format."},
        **REFUSALS,
        **problems(UNAVAILABLE),
    },
)
async def get_metrics(dependencies: AppDependencies) -> Response:
    """Customers, triggers, dead letters, lag of projector and workers, and requests, by kind."""
    try:
        figures = (await _figures(dependencies)).to_text()
    except (RedisError, NotBuilt):
        figures = away_text()
    figures += dependencies.metrics.to_text() + dependencies.intake.metrics.to_text()
    figures += lag_text(dependencies.worker_lag.partitions)
    tail = dependencies.dead_letters.census
    figures += dead_letters_text(tail.census.counts(), current=tail.is_current)
    return Response(figures, media_type=CONTENT_TYPE_LATEST)


async def _figures(dependencies: Dependencies) -> ModelFigures:
    counts = await count_segments(dependencies.model, dependencies.book.policy)
    return ModelFigures(
        segments=counts.segment,
        triggers=await count_triggers(dependencies.model, dependencies.rules),
        age_s=None if counts.as_of is None else time.time() - counts.as_of.timestamp(),
        condition=await look_at_projector(dependencies.model),
        shared_ids=await count_group(dependencies.model, SHARED),
        unmatched_refunds=await count_group(dependencies.model, UNMATCHED),
    )
