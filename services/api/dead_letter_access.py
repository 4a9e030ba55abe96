"""Reads the topic of dead letters for the routes, and prepares the retry of dead letters."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from services.api.erasure_requests import Erasures
from services.dead_letters.counts import DeadLetterCounter
from services.dead_letters.erased import ErasedLetters, erased_letters
from services.dead_letters.page import Bounds
from services.dead_letters.reader import DeadLetterReader, open_dead_letters
from services.dead_letters.retry import RetryContext
from services.ingest.intake import Intake
from services.platform.erasure_salt import SaltNeededError
from services.platform.faults import FaultError
from services.platform.http.problems import KafkaAway, Unavailable
from topology.batching.security import KafkaSecurity

_READERS: Final = 2
"""Requests that read the topic at once: each has a connection of its own."""


class LettersNeedSalt(Unavailable):
    """Without the salt the API can't tell which letters name an erased customer."""

    kind = "salt-needed"


@dataclass(frozen=True, slots=True)
class DeadLetterAccess:
    """The topic, the counter of its letters, and what a retry of dead letters needs."""

    kafka: str
    security: KafkaSecurity
    intake: Intake
    erasures: Erasures
    counter: DeadLetterCounter
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_READERS))

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def bounds(self, limit: int) -> Bounds:
        """How much work a page may be."""
        return Bounds(limit, time.monotonic)

    def erased(self) -> ErasedLetters:
        """The letters to leave out: their customer was erased.

        Raises:
            NotReadError: the erasures have not been read.
            LettersNeedSalt: there is no salt.
        """
        try:
            return erased_letters(self.erasures.salt, self.erasures.table.items())
        except SaltNeededError as error:
            raise LettersNeedSalt(str(error)) from None

    def retry_context(self, *, may_unsuppress: bool) -> RetryContext:
        """What validates a dead letter again: today's tables, limits and rates."""
        intake = self.intake
        return RetryContext(
            events=intake.events,
            table=intake.table,
            event_bytes=intake.limits.event_bytes,
            erased=self.erased(),
            now=self.now(),
            may_unsuppress=may_unsuppress,
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DeadLetterReader]:
        """Read the topic; raises KafkaAway."""
        try:
            async with self.readers, open_dead_letters(self.kafka, self.security) as log:
                yield log
        except FaultError as error:
            raise KafkaAway(str(error)) from None
