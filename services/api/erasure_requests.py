"""Erasures: the API requests them over Kafka, and follows how far they are."""

import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

import structlog

from schemas import topics
from schemas.erasure import Erasure, ErasureStatus
from services.ingest.event_producer import EventProducer, Record
from services.platform.compacted.table import CompactedTable
from services.platform.http.problems import Problem
from topology.agents.join_records import Erase, encode_join
from topology.batching.security import OPEN, KafkaSecurity
from topology.domain.history.instant import Instant, to_datetime
from topology.domain.rows.erased import fingerprint_of

_PREFIX: Final = "era_"
ID_DIGITS: Final = 20


class SaltNeeded(Problem):
    """Nobody can be erased here."""

    status, kind = HTTPStatus.SERVICE_UNAVAILABLE, "erasure-salt-missing"
    detail = (
        "Nobody can be erased yet: set STAMMKUNDE_ERASURE_SALT to a secret of 16 characters or "
        "more, the same for the API, the workers and the projector, and never change it."
    )


@dataclass(frozen=True, slots=True)
class Erasures:
    """The table of erasures, the producer of requests, and the salt if there is one."""

    table: CompactedTable
    event_producer: EventProducer
    app_id: str
    salt: bytes | None
    now: Callable[[], Instant]

    async def request(self, name: str, salt: bytes) -> Erasure:
        """Ask the workers to erase the customer with this name. The table has the request first.

        Raises:
            Unavailable, FaultError: Kafka has not acknowledged it, but may have it: ask again.
        """
        return await self._request(_PREFIX + secrets.token_hex(10), name, salt)

    async def request_once(self, occasion: str, name: str, salt: bytes) -> Erasure:
        """Do the same, but not again for an occasion whose erasure has ended.

        An occasion is a webhook, which its shop may send again.

        Raises:
            NotReadError: it is not known yet whether it was requested.
            Unavailable, FaultError: Kafka has not acknowledged it, but may have it: ask again.
        """
        digest = hmac.digest(salt, f"{occasion}\0{name}".encode(), sha256).hex()
        erasure_id = _PREFIX + digest[:ID_DIGITS]
        found = self.find(erasure_id)
        if found is not None and found.status is not ErasureStatus.REQUESTED:
            return found
        return await self._request(erasure_id, name, salt)

    async def _request(self, erasure_id: str, name: str, salt: bytes) -> Erasure:
        now = self.now()
        erasure = Erasure(
            erasure_id=erasure_id, status=ErasureStatus.REQUESTED, requested_at=to_datetime(now)
        )
        await self.table.put(erasure_id, erasure.model_dump_json().encode())
        request = encode_join(Erase(self.app_id, erasure_id, now, fingerprint_of(salt)))
        await self.event_producer.put([Record(topics.JOINS, name.encode(), request)])
        return erasure

    def find(self, erasure_id: str) -> Erasure | None:
        """Return the state of an erasure, None if it is unknown; raises NotReadError."""
        value = self.table.get(erasure_id)
        return None if value is None else Erasure.model_validate_json(value)


@asynccontextmanager
async def open_erasures(
    kafka: str,
    event_producer: EventProducer,
    app_id: str,
    salt: bytes | None,
    now: Callable[[], Instant],
    security: KafkaSecurity = OPEN,
) -> AsyncIterator[Erasures]:
    """Follow the erasures. Kafka may be away."""
    log = structlog.get_logger().bind(role="api")
    async with CompactedTable(
        kafka, topics.ERASURES, log=log, security=security, breaker=event_producer.breaker
    ) as table:
        yield Erasures(table, event_producer, app_id, salt, now)
