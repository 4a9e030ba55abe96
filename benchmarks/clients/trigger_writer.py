"""Triggers written into a read model as the projector writes them, at a pace."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from schemas.trigger import Action, ActionKind, Trigger, TriggerEvent
from services.read_model.batches import OutputBatch, OutputRecord, Step
from services.read_model.keys import Keys
from services.read_model.projector_status import Report
from services.read_model.writer import Writer
from topology.domain.history.instant import from_datetime

_LOGS: Final = {"rows": "1", "transitions": "2", "triggers": "3"}
_RULE: Final = "win_back"


class TriggerWriter:
    """Writes triggers in the place of a projector."""

    def __init__(self, redis: Redis, app_id: str) -> None:
        self._writer = Writer(redis, Keys.of(app_id), "bench")
        self._at: int | None = None

    async def begin(self) -> None:
        """Begin an empty read model that the API answers from."""
        await self._writer.acquire()
        await self._writer.begin(_LOGS, 0)
        report = Report(lag=0, behind_s=0.0)
        await self._writer.heartbeat(report, {}, None, built_of=1)

    async def write_at_a_pace(self, rate: float, total: int) -> None:
        """Write one trigger at a time, so many a second. A late one keeps its time."""
        begin = time.time_ns()
        for number in range(total):
            meant = begin + int(number / rate * 1e9)
            await asyncio.sleep(max(0.0, (meant - time.time_ns()) / 1e9))
            await self._write([_trigger(meant, number)])

    async def write_at_once(self, total: int) -> None:
        """Write all in one batch."""
        now = time.time_ns()
        await self._write([_trigger(now, number) for number in range(total)])

    async def _write(self, triggers: list[Trigger]) -> None:
        await self._writer.acquire()
        first = self._at or 0
        now_ms = time.time_ns() // 1_000_000
        entries = [
            OutputRecord(
                each.customer_id,
                _RULE,
                offset,
                now_ms,
                each.model_dump_json().encode(),
                from_datetime(each.effective_at),
            )
            for offset, each in enumerate(triggers, start=first)
        ]
        step = Step("triggers:0", self._at, first + len(entries))
        await self._writer.apply_triggers(step, OutputBatch(0, entries, ()))
        self._at = step.following


def _trigger(meant: int, number: int) -> Trigger:
    at = datetime.fromtimestamp(meant / 1e9, UTC)
    return trigger_of(f"{meant:019d}-{number}", f"c-{number}", at, 1)


def trigger_of(trigger_id: str, customer_id: str, at: datetime, attempt: int) -> Trigger:
    """A trigger of a usual size."""
    return Trigger(
        trigger_id=trigger_id,
        customer_id=customer_id,
        rule=_RULE,
        event=TriggerEvent(message_id=f"m-{trigger_id}", event="Order Completed", at=at),
        action=Action(kind=ActionKind.DISCOUNT_CODE),
        reason="The last order was 92 days ago, and there were 7 within the year before.",
        effective_at=at,
        created_at=at,
        expires_at=at + timedelta(days=14),
        policy_version="bench",
        attempt=attempt,
    )
