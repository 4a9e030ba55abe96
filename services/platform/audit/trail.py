"""Writes records of the audit trail: to the log, and to the topic `access.audit.v1`."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from schemas.audit import AuditedAction, AuditOutcome, AuditRecord
from schemas.topics import ACCESS_AUDIT
from services.platform.compacted.writer import Writer
from services.platform.faults import FaultError, NotWrittenError
from services.platform.http.problems import Unavailable
from services.platform.kafka.clients import connected_admin
from services.platform.kafka.topics.existing import existing_topics
from topology.batching.security import OPEN, KafkaSecurity

_PREFIX: Final = "aud_"

Put = Callable[[str, bytes], Awaitable[None]]
"""Writes a value under a key into the topic; raises FaultError or Unavailable."""


def new_audit_id() -> str:
    """Return an id for one action."""
    return _PREFIX + secrets.token_hex(10)


def wall_clock() -> datetime:
    """Return this machine's time."""
    return datetime.now(UTC)


class AuditTrail:
    """The trail in the Kafka at `kafka`. `put` writes to its topic."""

    def __init__(self, kafka: str, put: Put, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._put = put
        self._security = security
        self._is_there = False

    async def write(self, record: AuditRecord) -> None:
        """Write a record; return once all replicas have it.

        Raises:
            FaultError, Unavailable: Kafka has not confirmed it.
        """
        structlog.get_logger().info("audit", **record.model_dump(mode="json", exclude_none=True))
        await self._check_topic()
        await self._put(record.actor, record.model_dump_json().encode())

    async def _check_topic(self) -> None:
        """Raise NotWrittenError for a missing topic: a producer would wait for it."""
        if self._is_there:
            return
        async with connected_admin(self._kafka, self._security) as admin:
            self._is_there = bool(await existing_topics(admin, [ACCESS_AUDIT]))
        if not self._is_there:
            reason = "there is no such topic: `stammkunde topics create` creates it"
            raise NotWrittenError(ACCESS_AUDIT, reason)


@asynccontextmanager
async def own_trail(kafka: str, security: KafkaSecurity = OPEN) -> AsyncIterator[AuditTrail]:
    """Open a trail with its own producer, for a command that writes a record or two."""
    writer = Writer(kafka, ACCESS_AUDIT, security)

    async def put(key: str, value: bytes) -> None:
        await writer.write(key, value)

    try:
        yield AuditTrail(kafka, put, security)
    finally:
        await writer.close()


RETRY_S: Final = 5.0
DEFAULT_POLICY: Final = "default"
"""The name of the policy that ships with the package."""
PUBLISHED_POLICY: Final = "published"
"""The name of a policy that was published: the version says which one."""


async def record_policy(trail: AuditTrail, role: str, version: str, source: str) -> None:
    """Record the policy that a role uses from now on, as soon as Kafka takes the record.

    `source` is the name of its file, or `DEFAULT_POLICY` or `PUBLISHED_POLICY`.
    """
    record = AuditRecord(
        audit_id=new_audit_id(),
        at=wall_clock(),
        actor=role,
        origin=socket.gethostname(),
        action=AuditedAction.USE_POLICY,
        target=f"{source} {version}",
        outcome=AuditOutcome.DONE,
    )
    while True:
        try:
            await trail.write(record)
        except (FaultError, KafkaError, Unavailable) as error:
            structlog.get_logger().warning("policy_not_noted", error=type(error).__name__)
            await asyncio.sleep(RETRY_S)
        else:
            return
