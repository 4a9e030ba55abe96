"""Counts the dead letters while the API runs: all that the topic holds, and what comes."""

import asyncio
from typing import Final, NoReturn

import structlog
from aiokafka.errors import KafkaError

from services.dead_letters.census import Census
from services.dead_letters.log import LetterLog, Span, open_letters
from services.platform.faults import FaultError
from services.platform.outage import Backoff, Outage
from topology.batching.security import OPEN, KafkaSecurity

LOOK_EVERY_S: Final = 5.0
BETWEEN_BATCHES_S: Final = 0.05
"""Other work of the process has its turn: so 10,000 letters a second are counted at most."""


class CensusTail:
    """Keeps a census in step with the topic, for ever. A new process counts from the beginning."""

    def __init__(self, kafka: str, security: KafkaSecurity = OPEN) -> None:
        self._kafka = kafka
        self._security = security
        self._outage = Outage(structlog.get_logger().bind(role="api"), "dead_letters")
        self.census = Census()
        self.is_current = False
        """True if all has been counted that was there at the last look."""

    async def keep_counting(self, every_s: float = LOOK_EVERY_S) -> NoReturn:
        """Count. Kafka away: it says so once, and counts anew once it is back."""
        backoff = Backoff()
        while True:
            try:
                async with open_letters(self._kafka, self._security) as log:
                    await self._count(log, every_s, backoff)
            except (FaultError, KafkaError, OSError, TimeoutError) as error:
                self.is_current = False
                self._outage.away(str(error) or type(error).__name__)
            await asyncio.sleep(backoff.pause_s())

    async def _count(self, log: LetterLog, every_s: float, backoff: Backoff) -> None:
        """Count until the topic was created anew, or is not there."""
        census, reached = Census(), dict[int, int]()
        while spans := await log.spans():
            if any(span.end < reached.get(each, 0) for each, span in spans.items()):
                return
            for partition, (first, end) in spans.items():
                start = max(first, reached.get(partition, 0))
                async for letters in log.read(partition, Span(start, end)):
                    census.add(letters)
                    await asyncio.sleep(BETWEEN_BATCHES_S)
                reached[partition] = end
            census.forget({each: span.first for each, span in spans.items()})
            self.census, self.is_current = census, True
            self._outage.back()
            backoff.reset()
            await asyncio.sleep(every_s)
        self.census, self.is_current = Census(), True
        await asyncio.sleep(every_s)
