"""Kept trials: the runs of trials and their reports, which several processes of the API share.

Nothing builds them again: they are kept for a while, and only the latest few. Whoever runs a trial
holds a lease, so that there is one at a time, and so that a run whose process is gone is noticed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.trial_run import TrialRun, TrialState
from services.read_model.reader import ReadModel
from services.read_model.trial_erasure import customers_in, forget_customers
from topology.domain.history.instant import from_datetime
from topology.domain.rows.erased import tombstone_of

MOST: Final = 20
"""Trials that are kept."""
KEPT_S: Final = 30 * 24 * 3_600
LEASE_MS: Final = 20_000
"""How long a process that died keeps another one from running a trial."""

_HOLD: Final = (
    "local holder = redis.call('GET', KEYS[1]) "
    "if holder and holder ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1"
)
_RELEASE: Final = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"
)

GONE: Final = "The API's process that ran this trial has ended: start the trial again."


@dataclass(frozen=True, slots=True)
class KeptTrial:
    """A run, and its report as JSON if it has one."""

    run: TrialRun
    report: bytes | None


@dataclass(frozen=True, slots=True)
class KeptTrials:
    """The trials of one application. Everything raises ReadModelAwayError if Redis is away."""

    model: ReadModel
    salt: bytes | None
    """Tells who was erased; None if nobody can be."""

    async def claim(self, run: TrialRun) -> str:
        """Become the one trial that runs.

        Returns:
            The id of the trial that runs: another one's if that was first.
        """
        keys, name = self.model.keys, run.trial_id
        _, running = await self.model.ask_anyway(
            ("SET", keys.trial_running, name, "PX", LEASE_MS, "NX"), ("GET", keys.trial_running)
        )
        holder: str = running.decode()
        if holder != name:
            return holder
        await self.model.ask_anyway(
            ("SET", keys.trial(name), _text(run), "EX", KEPT_S),
            ("ZADD", keys.trials, int(run.asked_at.timestamp() * 1000), name),
        )
        await self._drop_oldest()
        return name

    async def keep(self, run: TrialRun) -> bool:
        """Store how far a run is, and go on holding the lease.

        Returns:
            False if the trial must end: it was cancelled, or another one runs, since this process
            has stood still for longer than the lease.
        """
        keys, name = self.model.keys, run.trial_id
        _, is_held, cancelled = await self.model.ask_anyway(
            ("SET", keys.trial(name), _text(run), "EX", KEPT_S),
            ("EVAL", _HOLD, 1, keys.trial_running, name, LEASE_MS),
            ("EXISTS", keys.trial_cancelled(name)),
        )
        return bool(is_held) and not cancelled

    async def end(self, run: TrialRun, report: bytes | None) -> None:
        """Store how a run has ended, and let another one run."""
        keys, name = self.model.keys, run.trial_id
        stored = [] if report is None else [("SET", keys.trial_report(name), report, "EX", KEPT_S)]
        await self.model.ask_anyway(
            ("SET", keys.trial(name), _text(run), "EX", KEPT_S),
            *stored,
            ("EVAL", _RELEASE, 1, keys.trial_running, name),
            ("DEL", keys.trial_cancelled(name)),
        )
        if report is not None:
            await self._forget_erased(run, report)

    async def cancel(self, trial_id: str) -> None:
        """Ask the process that runs a trial to end it."""
        key = self.model.keys.trial_cancelled(trial_id)
        await self.model.ask_anyway(("SET", key, 1, "PX", LEASE_MS))

    async def find(self, trial_id: str) -> KeptTrial | None:
        """Return a trial; None if it is not kept."""
        keys = self.model.keys
        running, run, report = await self.model.ask_anyway(
            ("GET", keys.trial_running),
            ("GET", keys.trial(trial_id)),
            ("GET", keys.trial_report(trial_id)),
        )
        return None if run is None else KeptTrial(_run(run, running), report)

    async def latest(self) -> Sequence[TrialRun]:
        """Return the runs that are kept, the latest first."""
        keys = self.model.keys
        (names,) = await self.model.ask_anyway(("ZRANGE", keys.trials, 0, -1))
        stored = [keys.trial(each.decode()) for each in reversed(names)]
        if not stored:
            return ()
        running, runs = await self.model.ask_anyway(("GET", keys.trial_running), ("MGET", *stored))
        return tuple(_run(each, running) for each in runs if each is not None)

    async def _forget_erased(self, run: TrialRun, report: bytes) -> None:
        """Name nobody who was erased while the trial ran: the projector had no report then."""
        customers, keys = customers_in(report), self.model.keys
        if self.salt is None or not customers:
            return
        tombstones = [tombstone_of(self.salt, each.encode()) for each in customers]
        (erased,) = await self.model.ask_anyway(("HMGET", keys.erased, *tombstones))
        since = from_datetime(run.asked_at)
        gone = [
            customer
            for customer, until in zip(customers, erased, strict=True)
            if until is not None and int(until) >= since
        ]
        if gone:
            await forget_customers(self.model.redis, keys, gone)

    async def _drop_oldest(self) -> None:
        keys = self.model.keys
        (names,) = await self.model.ask_anyway(("ZRANGE", keys.trials, 0, -MOST - 1))
        for name in (each.decode() for each in names):
            await self.model.ask_anyway(
                ("UNLINK", keys.trial(name), keys.trial_report(name)), ("ZREM", keys.trials, name)
            )


def _text(run: TrialRun) -> str:
    return run.model_dump_json()


def _run(stored: bytes, running: bytes | None) -> TrialRun:
    """The run as it is stored; one that nobody runs any more has failed."""
    run = TrialRun.model_validate_json(stored)
    if run.state is TrialState.RUNNING and running != run.trial_id.encode():
        return run.model_copy(update={"state": TrialState.FAILED, "reason": GONE})
    return run
