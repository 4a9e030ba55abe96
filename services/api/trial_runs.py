"""Trial runs: the API starts a trial in a process of its own, follows it, and keeps its result."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, NamedTuple

import structlog

from schemas.trial_run import TrialRun, TrialState
from services.platform.http.problems import Problem
from services.platform.settings import Settings
from services.platform.tasks import end
from services.read_model.connection import ReadModelError
from services.read_model.kept_trials import KeptTrials
from services.trials.assemble import Compared, PolicyFile
from services.trials.coverage import refuse_meaningless
from services.trials.trial import TrialRequest, policy_in_force
from services.trials.trial_process import Finished, Progress, TrialProcess, trial_process

KEEP_EVERY_S: Final = 0.5
"""How often the progress of a run is stored."""
CANCELLED_S: Final = 10.0
"""How long a request waits until another process has ended its trial."""
_AGAIN_S: Final = 1.0

STOPPED: Final = "The API was stopped while the trial ran: start the trial again."


class TrialRunning(Problem):
    """There is one trial at a time."""

    status, kind = HTTPStatus.CONFLICT, "trial-running"

    def __init__(self, trial_id: str) -> None:
        super().__init__(
            f"The trial {trial_id} is running, and there is one at a time: wait until it has "
            f"ended, or cancel it with DELETE /v1/policy/trials/{trial_id}."
        )


class TrialEnded(Problem):
    """A trial that does not run can't be cancelled."""

    status, kind = HTTPStatus.CONFLICT, "trial-ended"

    def __init__(self, run: TrialRun) -> None:
        super().__init__(f"The trial {run.trial_id} does not run any more: it is {run.state}.")


class UnknownTrial(Problem):
    """No trial has this id."""

    status, kind = HTTPStatus.NOT_FOUND, "unknown-trial"
    detail = "There is no such trial, or it is kept no longer. GET /v1/policy/trials lists them."


class Result(NamedTuple):
    """How a run has ended."""

    state: TrialState
    reason: str | None = None
    report: bytes | None = None


@dataclass(slots=True)
class OwnRun:
    """The run of this process."""

    run: TrialRun
    is_cancelled: bool = False
    is_stopped: bool = False
    process: TrialProcess | None = None

    def kill(self) -> None:
        """End the trial's process; the run ends then."""
        if self.process is not None:
            self.process.kill()


@dataclass(slots=True)
class TrialRuns:
    """Runs trials, one at a time."""

    kept: KeptTrials
    settings: Settings
    kafka: str
    _own: OwnRun | None = None
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    async def start(self, new: PolicyFile, old: PolicyFile | None, since: timedelta) -> TrialRun:
        """Start a trial.

        Raises:
            FaultError: a comparison would mean nothing.
            PolicyError: the policy in force can't be used.
            KafkaUnreachableError: no broker answers.
            TrialRunning: another one runs.
        """
        in_force = await policy_in_force(self.settings, self.kafka)
        compared = Compared(old or in_force, new, in_force.policy.version)
        refuse_meaningless((compared.old.policy, new.policy))
        run = TrialRun(
            trial_id="tri_" + secrets.token_hex(10),
            state=TrialState.RUNNING,
            old=compared.old.for_report,
            new=new.for_report,
            since_days=since.days,
            asked_at=datetime.now(UTC),
        )
        holder = await self.kept.claim(run)
        if holder != run.trial_id:
            raise TrialRunning(holder)
        self._own = own = OwnRun(run)
        self._task = asyncio.create_task(self._go(own, TrialRequest(compared, since)))
        return run

    async def cancel(self, trial_id: str) -> TrialRun:
        """Cancel a trial, and wait until it has ended.

        Raises:
            UnknownTrial: there is none.
            TrialEnded: it does not run.
        """
        found = await self.kept.find(trial_id)
        if found is None:
            raise UnknownTrial
        if found.run.state is not TrialState.RUNNING:
            raise TrialEnded(found.run)
        await self.kept.cancel(trial_id)
        if self._own is not None and self._own.run.trial_id == trial_id:
            self._own.is_cancelled = True
            self._own.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(CANCELLED_S):
                while found is not None and found.run.state is TrialState.RUNNING:
                    await asyncio.sleep(KEEP_EVERY_S / 5)
                    found = await self.kept.find(trial_id)
        if found is None:
            raise UnknownTrial
        return found.run

    async def stop(self) -> None:
        """End the trial of this process, if there is one."""
        if self._own is None or self._task is None:
            return
        self._own.is_stopped = True
        self._own.kill()
        await asyncio.wait([self._task])
        self._task.result()

    async def _go(self, own: OwnRun, request: TrialRequest) -> None:
        with trial_process(request, self.settings, self.kafka) as process:
            own.process = process
            if own.is_stopped or own.is_cancelled:
                process.kill()
            keeping = asyncio.create_task(self._keep(own))
            try:
                result = await _result(own, process)
            finally:
                await end([keeping])
        ended = own.run.model_copy(
            update={
                "state": result.state,
                "reason": result.reason,
                "ended_at": datetime.now(UTC),
            }
        )
        structlog.get_logger().info(
            "trial_ended", trial_id=ended.trial_id, state=ended.state.value, reason=ended.reason
        )
        await self._store(own, ended, result.report)

    async def _keep(self, own: OwnRun) -> None:
        """Store the progress again and again, and notice that the trial was cancelled."""
        while True:
            with suppress(ReadModelError):
                if not await self.kept.keep(own.run):
                    own.is_cancelled = True
                    own.kill()
            await asyncio.sleep(KEEP_EVERY_S)

    async def _store(self, own: OwnRun, ended: TrialRun, report: bytes | None) -> None:
        """Store the end, as soon as Redis is there."""
        while True:
            try:
                await self.kept.end(ended, report)
            except ReadModelError:
                if own.is_stopped:
                    return
                await asyncio.sleep(_AGAIN_S)
            else:
                return


async def _result(own: OwnRun, process: TrialProcess) -> Result:
    """Follow the process to its end."""
    async for news in process.news():
        if isinstance(news, Progress):
            own.run = own.run.model_copy(
                update={"records_done": news.done, "records_total": news.total}
            )
        elif isinstance(news, Finished):
            return Result(TrialState.DONE, report=news.report)
        else:
            return Result(TrialState.FAILED, reason=news.reason)
    if own.is_cancelled:
        return Result(TrialState.CANCELLED)
    if own.is_stopped:
        return Result(TrialState.FAILED, reason=STOPPED)
    return Result(
        TrialState.FAILED,
        reason="The trial's process has ended before it had a result: its error is in the API's "
        "log, or somebody has killed it, or the machine had too little memory for it.",
    )


@asynccontextmanager
async def open_trial_runs(
    kept: KeptTrials, settings: Settings, kafka: str
) -> AsyncIterator[TrialRuns]:
    """Run trials as long as the block lasts. A trial that still runs then has failed."""
    runs = TrialRuns(kept, settings, kafka)
    try:
        yield runs
    finally:
        await runs.stop()
