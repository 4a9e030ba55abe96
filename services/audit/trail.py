"""Writes records of the audit trail: to the log, and to the topic `access.audit.v1`."""

import secrets
from datetime import UTC, datetime
from typing import Final

import structlog

from schemas.audit import AuditRecord
from schemas.topics import ACCESS_AUDIT
from services.compacted.faults import NotWrittenError
from services.compacted.writer import Writer
from services.kafka_topics.connect import connected_admin
from services.kafka_topics.existing import existing_topics
from topology.batching.security import OPEN, KafkaSecurity

_PREFIX: Final = "aud_"


def new_audit_id() -> str:
    """Return an id for one action."""
    return _PREFIX + secrets.token_hex(10)


def wall_clock() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


class AuditTrail:
    """One way into Kafka, opened by the first record."""

    def __init__(self, kafka: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._writer = Writer(kafka, ACCESS_AUDIT, security)
        self._is_there = False

    async def write(self, record: AuditRecord) -> None:
        """Write a record; return once all replicas have it.

        Raises:
            FaultError: Kafka has not confirmed it.
        """
        said = record.model_dump(mode="json", exclude_none=True)
        structlog.get_logger().info("audit", **said)
        await self._check_topic()
        await self._writer.write(record.actor, record.model_dump_json().encode())

    async def _check_topic(self) -> None:
        """A producer waits for a topic that is missing; nobody has to."""
        if self._is_there:
            return
        async with connected_admin(self._kafka, self._security) as admin:
            self._is_there = bool(await existing_topics(admin, [ACCESS_AUDIT]))
        if not self._is_there:
            reason = "there is no such topic: `stammkunde topics create` creates it"
            raise NotWrittenError(ACCESS_AUDIT, reason)

    async def aclose(self) -> None:
        """Let go of Kafka."""
        await self._writer.close()
