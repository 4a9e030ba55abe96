"""The progress of a trial as server-sent events. Each process of the API can read it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from schemas.trial_run import TrialRun, TrialState
from services.api.streams.event_stream import (
    AWAY,
    HEARTBEAT,
    OVER,
    STOPPING,
    closing,
    event,
    opening,
)
from services.api.streams.listeners import HEARTBEAT_S, MOST_AGE_S
from services.read_model.arrivals import Arrivals
from services.read_model.connection import ReadModelError
from services.read_model.kept_trials import KeptTrials

READ_EVERY_S: Final = 0.5
KEPT_NO_LONGER: Final = "the trial is kept no longer"


@dataclass(frozen=True, slots=True)
class TrialProgress:
    """The frames of one listener: the run as it is, and again whenever it has changed."""

    kept: KeptTrials
    arrivals: Arrivals
    trial_id: str

    async def frames(self, run: TrialRun) -> AsyncGenerator[bytes]:
        """Return the frames from `run` on, until the trial has ended."""
        clock = asyncio.get_running_loop().time
        number, began = 0, clock()
        sent_at = began
        yield opening(str(number)) + _event(number, run)
        while run.state is TrialState.RUNNING:
            if self.arrivals.closed:
                yield closing(STOPPING)
                return
            if clock() - began > MOST_AGE_S:
                yield closing(OVER)
                return
            await asyncio.sleep(READ_EVERY_S)
            try:
                found = await self.kept.find(self.trial_id)
            except ReadModelError:
                yield closing(AWAY)
                return
            if found is None:
                yield closing(KEPT_NO_LONGER)
                return
            if found.run != run:
                run, number, sent_at = found.run, number + 1, clock()
                yield _event(number, run)
            elif clock() - sent_at > HEARTBEAT_S:
                sent_at = clock()
                yield HEARTBEAT


def _event(number: int, run: TrialRun) -> bytes:
    return event("progress", str(number), run.model_dump_json().encode())
