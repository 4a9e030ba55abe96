"""The routes for operators: counts, health, readiness, metrics."""

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from schemas.contract import UtcDatetime, is_none
from schemas.counted import counted
from schemas.dimensions import Dimension
from services.api.answers import AS_OF, SegmentCounts, json_of
from services.api.dependencies import AppDependencies, Dependencies
from services.api.metrics import ModelFigures, away_text, dead_letters_text, lag_text
from services.platform.access.needs import needs
from services.platform.access.scope import Scope
from services.platform.http.documented import REFUSALS, UNAVAILABLE, problems
from services.platform.http.problems import Unavailable
from services.platform.kafka.worker_lag import LagWatch
from services.read_model.connection import NotBuiltError, ReadModelError
from services.read_model.counts import count_customers, count_group
from services.read_model.projector_status import ProjectorStatus, read_status
from services.read_model.rows import SHARED, UNMATCHED
from services.read_model.trigger_log import count_triggers

router = APIRouter()

MAY_BE_BEHIND_S: Final = 5.0


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class StandingStill(BaseModel):
    """A partition of which the workers have had work, and have not moved."""

    partition: int
    lag: int = Field(description="How many offsets are left before the sources' ends.")
    since: datetime = Field(description="When it moved last, as far as this process has seen.")


class Sources(BaseModel):
    """How far the workers are behind the sources."""

    lag: int = Field(description="Of all partitions together.")
    standing_still: tuple[StandingStill, ...] = Field(
        description="The partitions that have had work for more than 30 s, and have not moved."
    )


class Ready(BaseModel):
    """The API can be asked."""

    status: Literal["ready", "degraded"] = Field(
        description="`degraded` while a partition of the workers stands still: what this API "
        "answers is fresh, but of the customers in there nothing new is known."
    )
    lag: int = Field(description="Records in Kafka that the projector has not applied yet.")
    behind_s: float = Field(description="How old the latest end of the topics is that it reached.")
    as_of: UtcDatetime | None = Field(description=AS_OF)
    sources: Sources | None = Field(
        default=None,
        exclude_if=is_none,
        description="How far the workers are. Absent while Kafka can't say.",
    )


class ProjectorAway(Unavailable):
    """No projector reported in the last seconds."""

    kind = "projector-away"


class ProjectorBehind(Unavailable):
    """The projector has yet to apply records that are in Kafka."""

    kind = "projector-behind"


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
    counts = await count_customers(dependencies.model, dependencies.book.policy)
    return json_of(
        SegmentCounts(customers=counts.customers, as_of=counts.as_of, **counts.by_dimension)
    )


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
    """200 if Redis answers and the projector lives and keeps up; else 503 with the reason.

    While a partition of the workers stands still it is 200, too, and `degraded`: no other process
    of this API could answer better.
    """
    status = await read_status(dependencies.model)
    report = status.report
    if report is None:
        raise ProjectorAway(_away(status))
    if not status.built:
        raise NotBuiltError
    if report.behind_s is None or report.behind_s > MAY_BE_BEHIND_S:
        behind = counted(report.lag, "record")
        detail = f"The projector is behind Kafka by {behind}: it is catching up, or "
        raise ProjectorBehind(detail + "Kafka does not answer it.")
    as_of = await dependencies.model.as_of()
    ready = Ready(
        status="degraded" if dependencies.worker_lag.stalled else "ready",
        lag=report.lag,
        behind_s=report.behind_s,
        as_of=as_of,
        sources=_sources(dependencies.worker_lag),
    )
    return json_of(ready)


def _away(status: ProjectorStatus) -> str:
    state = (
        "the read model is there, but gets old"
        if status.built
        else "the read model is not built yet"
    )
    return f"No projector is at work ({state}): start `stammkunde projector`."


def _sources(watch: LagWatch) -> Sources | None:
    """Return how far the workers are behind the sources; None while Kafka can't say."""
    if watch.partitions is None:
        return None
    still = tuple(
        StandingStill(
            partition=each.partition, lag=each.lag, since=datetime.fromtimestamp(each.since, UTC)
        )
        for each in watch.stalled
        if each.since is not None
    )
    return Sources(lag=sum(each.lag for each in watch.partitions), standing_still=still)


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
    except ReadModelError:
        figures = away_text()
    figures += dependencies.metrics.to_text() + dependencies.intake.metrics.to_text()
    figures += dependencies.connect.metrics.to_text()
    figures += lag_text(dependencies.worker_lag.partitions)
    counter = dependencies.dead_letters.counter
    figures += dead_letters_text(counter.counts.by_labels(), current=counter.is_current)
    return Response(figures, media_type=CONTENT_TYPE_LATEST)


async def _figures(dependencies: Dependencies) -> ModelFigures:
    counts = await count_customers(dependencies.model, dependencies.book.policy)
    return ModelFigures(
        segments=counts.by_dimension[Dimension.SEGMENT],
        triggers=await count_triggers(dependencies.model, dependencies.rules),
        age_s=None if counts.as_of is None else time.time() - counts.as_of.timestamp(),
        status=await read_status(dependencies.model),
        shared_ids=await count_group(dependencies.model, SHARED),
        unmatched_refunds=await count_group(dependencies.model, UNMATCHED),
    )
