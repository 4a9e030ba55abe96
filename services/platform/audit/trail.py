"""Writes records of the audit trail: to the log, and to the topic `access.audit.v1`."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

from schemas.audit import AuditRecord
from schemas.topics import ACCESS_AUDIT
from services.platform.compacted.writer import Writer
from services.platform.faults import NotWrittenError
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
    """The machine's time."""
    return datetime.now(UTC)


class AuditTrail:
    """The topic in the Kafka at `kafka`, written to by `put`."""

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
        said = record.model_dump(mode="json", exclude_none=True)
        structlog.get_logger().info("audit", **said)
        await self._check_topic()
        await self._put(record.actor, record.model_dump_json().encode())

    async def _check_topic(self) -> None:
        """A producer waits for a topic that is missing; nobody has to."""
        if self._is_there:
            return
        async with connected_admin(self._kafka, self._security) as admin:
            self._is_there = bool(await existing_topics(admin, [ACCESS_AUDIT]))
        if not self._is_there:
            reason = "there is no such topic: `stammkunde topics create` creates it"
            raise NotWrittenError(ACCESS_AUDIT, reason)


@asynccontextmanager
async def own_trail(kafka: str, security: KafkaSecurity = OPEN) -> AsyncIterator[AuditTrail]:
    """An audit trail with a producer of its own, for who writes a record or two."""
    writer = Writer(kafka, ACCESS_AUDIT, security)

    async def put(key: str, value: bytes) -> None:
        await writer.write(key, value)

    try:
        yield AuditTrail(kafka, put, security)
    finally:
        await writer.close()
