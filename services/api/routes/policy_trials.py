"""The routes of trials: try another policy over all events, without sending anything."""

import asyncio
import json
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.audit import AuditedAction
from schemas.policy import Policy, PolicyError, parse_policy
from schemas.trial_report import TrialReport
from schemas.trial_run import TrialRun
from services.api.answers import json_of
from services.api.dependencies import AppDependencies
from services.api.streams.event_stream import EventStream
from services.api.streams.trial_progress import TrialProgress
from services.api.trial_runs import UnknownTrial
from services.platform.access.needs import audited, needs
from services.platform.access.scope import Scope
from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.http.documented import (
    CONFLICT,
    INVALID,
    NOT_FOUND,
    REFUSALS,
    UNAVAILABLE,
    problems,
)
from services.platform.http.problems import FieldError, InvalidField, KafkaAway
from services.read_model.connection import ReadModelError
from services.read_model.kept_trials import KeptTrial
from services.trials.assemble import PolicyFile
from services.trials.days import read_days

MOST_BYTES: Final = 256 * 1024
"""Of a request: two policies."""

router = APIRouter(prefix="/v1/policy/trials", tags=["policy"], responses=REFUSALS)

PolicyText = str | dict[str, Any]
TrialId = Annotated[str, Path(examples=["tri_6f0d2c41b7a94e0d8c35"])]


class AskedTrial(BaseModel):
    """The policies to compare, and the time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    new: PolicyText = Field(
        description="The new policy: the text of a YAML file, or the same as a JSON object."
    )
    old: PolicyText | None = Field(
        default=None,
        description="The policy to compare with, likewise; the one in force if it is left out.",
    )
    since: str = Field(
        default="90d",
        description="Compare the triggers of this time before the end: days or weeks.",
        examples=["90d", "12w"],
    )

    @field_validator("since")
    @classmethod
    def _is_span(cls, text: str) -> str:
        read_days(text)
        return text

    @property
    def span(self) -> timedelta:
        """The time as a span."""
        return read_days(self.since)


class TrialListing(BaseModel):
    """The trials that are kept."""

    items: tuple[TrialRun, ...] = Field(description="The latest first; at most 20, for 30 days.")


class TrialWithReport(TrialRun):
    """A trial, with its report once it is done."""

    report: TrialReport | None = Field(
        description="As `stammkunde policy try --json` prints it. Null until the trial is done."
    )


@router.post(
    "",
    status_code=HTTPStatus.ACCEPTED,
    summary="Try another policy",
    dependencies=[
        Depends(needs(Scope.ADMIN, most_bytes=MOST_BYTES)),
        Depends(audited(AuditedAction.TRY_POLICY)),
    ],
    response_model=TrialRun,
    responses=problems(CONFLICT, INVALID, UNAVAILABLE),
)
async def start_trial(dependencies: AppDependencies, asked: AskedTrial) -> Response:
    """Both policies decide over all events that Kafka has. Nothing is sent, and nothing written.

    The trial runs in a process of its own, at the lowest priority. Ask at `Location` until it is
    done, or listen to its `progress`. There is one at a time. A policy here can't name files of
    rates. What is wrong with a policy is in `errors`, with line and field.
    """
    new = await _policy("new", asked.new)
    old = None if asked.old is None else await _policy("old", asked.old)
    try:
        run = await dependencies.trials.start(new, old, asked.span)
    except ReadModelError:
        raise
    except PolicyError as error:
        raise _broken("old", error) from None
    except KafkaUnreachableError as error:
        raise KafkaAway(f"No trial was started: {error}") from None
    except FaultError as fault:
        raise InvalidField.of("new", fault) from None
    answer = json_of(run)
    answer.status_code = HTTPStatus.ACCEPTED
    answer.headers["Location"] = f"{router.prefix}/{run.trial_id}"
    return answer


@router.get(
    "",
    summary="The trials of late",
    dependencies=[Depends(needs(Scope.STATE))],
    response_model=TrialListing,
    responses=problems(UNAVAILABLE),
)
async def list_trials(dependencies: AppDependencies) -> Response:
    """Those that run and those that have ended, without their reports."""
    return json_of(TrialListing(items=tuple(await dependencies.trials.kept.latest())))


@router.get(
    "/{trial_id}",
    summary="One trial, and its report",
    dependencies=[Depends(needs(Scope.STATE))],
    response_model=TrialWithReport,
    responses=problems(NOT_FOUND, INVALID, UNAVAILABLE),
)
async def get_trial(dependencies: AppDependencies, trial_id: TrialId) -> Response:
    """How far it is; its report once it is done."""
    found = await _found(dependencies, trial_id)
    report = msgspec.Raw(found.report or b"null")
    content = {**found.run.model_dump(mode="json"), "report": report}
    return Response(msgspec.json.encode(content), media_type="application/json")


@router.get(
    "/{trial_id}/progress",
    summary="The progress of a trial, as server-sent events",
    dependencies=[Depends(needs(Scope.STATE))],
    response_class=Response,
    responses={
        int(HTTPStatus.OK): {
            "description": "Events `progress`, each the trial as `GET /v1/policy/trials` lists it.",
            "content": {
                EventStream.media_type: {
                    "schema": {
                        "type": "object",
                        "required": ["event", "id", "data"],
                        "properties": {
                            "event": {"enum": ["progress"]},
                            "id": {"type": "string"},
                            "data": {"type": "string", "contentMediaType": "application/json"},
                        },
                    }
                }
            },
        },
        **problems(NOT_FOUND, INVALID, UNAVAILABLE),
    },
)
async def stream_trial(dependencies: AppDependencies, trial_id: TrialId) -> Response:
    """An event at once, one whenever the trial has come further, and the last one at its end.

    A client that connects again begins with the trial as it is then.
    """
    found = await _found(dependencies, trial_id)
    stream = TrialProgress(dependencies.trials.kept, dependencies.arrivals, trial_id)
    return EventStream(stream.frames(found.run), dependencies.seats.taken("trial"))


@router.delete(
    "/{trial_id}",
    summary="Cancel a trial",
    dependencies=[
        Depends(needs(Scope.ADMIN)),
        Depends(audited(AuditedAction.CANCEL_TRIAL)),
    ],
    response_model=TrialRun,
    responses=problems(NOT_FOUND, CONFLICT, INVALID, UNAVAILABLE),
)
async def cancel_trial(dependencies: AppDependencies, trial_id: TrialId) -> Response:
    """End its process. The trial stays in the list, as cancelled."""
    return json_of(await dependencies.trials.cancel(trial_id))


async def _found(dependencies: AppDependencies, trial_id: str) -> KeptTrial:
    found = await dependencies.trials.kept.find(trial_id)
    if found is None:
        raise UnknownTrial
    return found


async def _policy(name: str, text: PolicyText) -> PolicyFile:
    """The policy in a field of the request; raises InvalidField."""
    try:
        return PolicyFile(name, await asyncio.to_thread(_parsed, name, text))
    except PolicyError as error:
        raise _broken(name, error) from None


def _parsed(name: str, text: PolicyText) -> Policy:
    return parse_policy(text if isinstance(text, str) else json.dumps(text, indent=2), name)


def _broken(name: str, error: PolicyError) -> InvalidField:
    """Each fault with line and field, as `stammkunde policy check` prints it."""
    return InvalidField([FieldError(field=name, message=line) for line in str(error).splitlines()])
