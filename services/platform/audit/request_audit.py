"""Records the actions of HTTP requests in the audit trail: that each begins, and its outcome.

The record that an action begins is written first: without it the API does nothing.
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
"""How long an answer waits for the record of its outcome, since the action is done."""
_TARGET: Final = re.compile(r"(?:sub|era|tri)_[0-9a-f]{1,64}")
"""Our own ids. Any other part of a path may name a customer."""
_CUSTOMER: Final = "customer_id"


class AuditAway(Unavailable):
    """The API does nothing that it can't record."""

    kind = "audit-away"

    def __init__(self, fault: FaultError) -> None:
        super().__init__(f"Nothing was done, since the audit trail could not be written: {fault}")


@dataclass(frozen=True, slots=True)
class RequestAudit:
    """Writes the records of requests. With a `salt` it also records hashes of customers' names."""

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
        """Make the record of an action's begin; `parameters` are the path's, percent-encoded."""
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
        """Return the keyed hash of a name, None without a salt."""
        return None if self.salt is None else tombstone_of(self.salt, name).hex()

    async def begin(self, entry: AuditRecord) -> None:
        """Record that an action begins.

        Raises:
            Unavailable: the record could not be written.
        """
        try:
            await self.trail.write(entry)
        except FaultError as fault:
            raise AuditAway(fault) from None

    async def end(self, entry: AuditRecord, status: int, target: str | None = None) -> None:
        """Record the outcome of an action. If that fails, log it: the action is done."""
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
        """Return a `send` that records the status before it sends it."""

        async def with_record(message: Message) -> None:
            if message["type"] == "http.response.start":
                location = MutableHeaders(raw=message["headers"]).get("location")
                made = None if location is None else location.rpartition("/")[2]
                await self.end(entry, message["status"], made)
            await send(message)

        return with_record

    @asynccontextmanager
    async def record_unsuppressions(
        self, scope: Scope, key: Key | None, profiles: Sequence[bytes], refused: int
    ) -> AsyncIterator[None]:
        """Record that events of a request take these profiles off the suppression list.

        `refused` counts the events of that kind that the request's sender may not send.
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
    """Return the outcome of an action by its HTTP status."""
    if status == HTTPStatus.FORBIDDEN:
        return AuditOutcome.REFUSED
    is_done = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return AuditOutcome.DONE if is_done else AuditOutcome.FAILED


def _peer(scope: Scope) -> str | None:
    client = scope.get("client")
    return None if client is None else str(client[0])
