"""Records the actions of the command line in the audit trail."""

import os
import pwd
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from schemas.audit import CLI, AuditedAction, AuditOutcome, AuditRecord
from services.platform.audit.trail import AuditTrail, new_audit_id, own_trail, wall_clock
from services.platform.faults import FaultError
from topology.batching.security import OPEN, KafkaSecurity


@asynccontextmanager
async def audited_command(
    kafka: str, action: AuditedAction, target: str | None, security: KafkaSecurity = OPEN
) -> AsyncIterator[None]:
    """Record that the block begins, and its outcome.

    Raises:
        FaultError: the first record could not be written; the block does not begin.
    """
    async with own_trail(kafka, security) as trail:
        entry = AuditRecord(
            audit_id=new_audit_id(),
            at=wall_clock(),
            actor=CLI,
            user=os_user(),
            origin=socket.gethostname(),
            action=action,
            target=target,
            outcome=AuditOutcome.REQUESTED,
        )
        await trail.write(entry)
        try:
            yield
        except BaseException:
            await _end(trail, entry, AuditOutcome.FAILED)
            raise
        await _end(trail, entry, AuditOutcome.DONE)


async def _end(trail: AuditTrail, entry: AuditRecord, outcome: AuditOutcome) -> None:
    try:
        await trail.write(entry.model_copy(update={"at": wall_clock(), "outcome": outcome}))
    except FaultError as fault:
        structlog.get_logger().error("audit_outcome_not_written", reason=str(fault))


def os_user() -> str:
    """Return the operating system's user of this process; environment variables don't count."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
