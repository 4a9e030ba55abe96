"""The audit trail of a request: what it is about, that it begins, and what was answered.

The record that an action begins is written before the action: without it nothing is done.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from schemas.audit import ANYBODY, AuditedAction, AuditOutcome, AuditRecord
from schemas.counted import counted
from services.platform.access.key import Key
from services.platform.audit.trail import AuditTrail, new_audit_id, wall_clock
from services.platform.faults import FaultError
from services.platform.http.problems import Problem, Unavailable
from topology.domain.rows.erased import tombstone_of

OUTCOME_S: Final = 2.0
"""How long an answer waits for the record of its outcome: the action has been done by then."""
_TARGET: Final = re.compile(r"(?:sub|era)_[0-9a-f]{1,64}")
"""Ids that are made here. Whatever else stands in a path may name a customer."""
_CUSTOMER: Final = "customer_id"


class AuditAway(Unavailable):
    """What can't be written down is not done."""

    kind = "audit-away"

    def __init__(self, fault: FaultError) -> None:
        super().__init__(f"Nothing was done, since the audit trail could not be written: {fault}")


@dataclass(frozen=True, slots=True)
class RequestAudit:
    """What writes down requests: `salt` makes hashes of names, None if there is none."""

    trail: AuditTrail
    salt: bytes | None
    now: Callable[[], datetime] = wall_clock
    new_id: Callable[[], str] = new_audit_id

    def entry(
        self,
        action: AuditedAction,
        scope: Scope,
        key: Key | None,
        parameters: Mapping[str, str],
    ) -> AuditRecord:
        """The record that an action begins. `parameters` are those of the path, as it was sent."""
        name = parameters.get(_CUSTOMER)
        return AuditRecord(
            audit_id=self.new_id(),
            at=self.now(),
            actor=ANYBODY if key is None else key.id,
            origin=_peer(scope),
            action=action,
            profile=None if name is None else self._hash_of(unquote(name).encode()),
            target=next(filter(_TARGET.fullmatch, parameters.values()), None),
            outcome=AuditOutcome.REQUESTED,
        )

    def _hash_of(self, name: bytes) -> str | None:
        """The keyed hash of a name, None if there is no salt."""
        return None if self.salt is None else tombstone_of(self.salt, name).hex()

    async def begin(self, entry: AuditRecord) -> None:
        """Write down that an action begins, or that it is refused.

        Raises:
            Unavailable: it could not be written.
        """
        try:
            await self.trail.write(entry)
        except FaultError as fault:
            raise AuditAway(fault) from None

    async def end(self, entry: AuditRecord, status: int, target: str | None = None) -> None:
        """Write down what came of an action. It has been done: that can't be written is logged."""
        record = entry.model_copy(
            update={
                "at": self.now(),
                "outcome": outcome_of(status),
                "status": status,
                "target": target or entry.target,
            }
        )
        try:
            async with asyncio.timeout(OUTCOME_S):
                await self.trail.write(record)
        except (FaultError, Unavailable, TimeoutError) as error:
            structlog.get_logger().error(
                "audit_outcome_not_written", audit_id=entry.audit_id, error=type(error).__name__
            )

    def watched(self, entry: AuditRecord, send: Send) -> Send:
        """Return a `send` that writes down the status before it is sent."""

        async def with_record(message: Message) -> None:
            if message["type"] == "http.response.start":
                location = MutableHeaders(raw=message["headers"]).get("location")
                made = None if location is None else location.rpartition("/")[2]
                await self.end(entry, message["status"], made)
            await send(message)

        return with_record

    @asynccontextmanager
    async def lifting(
        self, scope: Scope, key: Key | None, profiles: Sequence[bytes], refused: int
    ) -> AsyncIterator[None]:
        """Write down that a request takes these profiles off the suppression list by events.

        `refused` is how many such events it had that its sender may not send.
        """
        blank = self.entry(AuditedAction.UNSUPPRESS, scope, key, {})
        if refused:
            target = counted(refused, "message")
            await self.end(blank.model_copy(update={"target": target}), HTTPStatus.FORBIDDEN)
        entries = [
            blank.model_copy(update={"audit_id": self.new_id(), "profile": self._hash_of(each)})
            for each in profiles
        ]
        await asyncio.gather(*map(self.begin, entries))
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        try:
            yield
            status = HTTPStatus.OK
        except Problem as problem:
            status = problem.status
            raise
        finally:
            await asyncio.gather(*(self.end(each, status) for each in entries))


def outcome_of(status: int) -> AuditOutcome:
    """What an HTTP status says of an action."""
    if status == HTTPStatus.FORBIDDEN:
        return AuditOutcome.REFUSED
    is_done = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return AuditOutcome.DONE if is_done else AuditOutcome.FAILED


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return None if client is None else str(client[0])
