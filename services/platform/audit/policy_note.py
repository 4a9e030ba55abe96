"""Writes down which policy a role works with from now on."""

import asyncio
import socket
from pathlib import Path
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from schemas.audit import AuditedAction, AuditOutcome, AuditRecord
from services.platform.audit.trail import AuditTrail, new_audit_id, wall_clock
from services.platform.faults import FaultError
from services.platform.http.problems import Unavailable

AGAIN_S: Final = 5.0
DEFAULT: Final = "default"
"""The name of the policy that ships with the package."""


async def note_policy(trail: AuditTrail, role: str, version: str, file: Path | None) -> None:
    """Write it down, as soon as Kafka takes it. The role works meanwhile."""
    record = AuditRecord(
        audit_id=new_audit_id(),
        at=wall_clock(),
        actor=role,
        origin=socket.gethostname(),
        action=AuditedAction.USE_POLICY,
        target=f"{DEFAULT if file is None else file.name} {version}",
        outcome=AuditOutcome.DONE,
    )
    while True:
        try:
            await trail.write(record)
        except (FaultError, KafkaError, Unavailable) as error:
            structlog.get_logger().warning("policy_not_noted", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)
        else:
            return
