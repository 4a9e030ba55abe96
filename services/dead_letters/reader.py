"""Reads the topic of the dead letters: bounded ranges of offsets, committed records only."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from schemas import topics
from services.dead_letters.dead_letter import DeadLetter, LetterId, letter_in
from services.platform.faults import FaultError, KafkaUnreachableError
from services.platform.kafka.close_client import close_client
from topology.batching.aiokafka_workarounds import start_wholly
from topology.batching.security import OPEN, KafkaSecurity

TIMEOUT_S: Final = 10.0
"""How long Kafka may take for one answer."""
FETCH_WAIT_MS: Final = 50
BATCH: Final = 500
"""Letters that are given at once."""


class Span(NamedTuple):
    """Offsets of one partition: from `first` on, before `end`."""

    first: int
    end: int


Spans = Mapping[int, Span]
"""By partition."""


class LetterLog:
    """The topic, as a connection of one's own sees it. It has no partitions if it is not there."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: Collection[int]) -> None:
        self._consumer = consumer
        self._places = [TopicPartition(topics.DEAD_LETTERS, each) for each in sorted(partitions)]

    async def spans(self, since: datetime | None = None, until: datetime | None = None) -> Spans:
        """Where the letters between two instants lie now; all without them."""
        if not self._places:
            return {}
        async with asyncio.timeout(TIMEOUT_S):
            begins = await self._consumer.beginning_offsets(self._places)
            ends = await self._consumer.end_offsets(self._places)
            firsts = await self._offsets_at(since, begins, ends)
            lasts = await self._offsets_at(until, ends, ends)
        return {
            each.partition: Span(min(firsts[each], lasts[each]), lasts[each])
            for each in self._places
        }

    async def read(self, partition: int, span: Span) -> AsyncIterator[list[DeadLetter]]:
        """The letters of some offsets, oldest first; fewer where Kafka has none any more.

        They come in batches, so that large ones need not lie in memory together.
        """
        if span.first >= span.end:
            return
        place = TopicPartition(topics.DEAD_LETTERS, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, span.first)
        reached = span.first
        while reached < span.end:
            async with asyncio.timeout(TIMEOUT_S):
                found: list[DeadLetter] = []
                before = reached
                while reached == before:
                    records = await self._consumer.getmany(
                        place, timeout_ms=FETCH_WAIT_MS, max_records=BATCH
                    )
                    found += (letter_in(each) for each in records.get(place, ()))
                    reached = await self._consumer.position(place)
            yield [each for each in found if each.id.offset < span.end]

    async def read_one(self, letter_id: LetterId) -> DeadLetter | None:
        """One letter, None if Kafka does not have it."""
        span = (await self.spans()).get(letter_id.partition)
        if span is None or not span.first <= letter_id.offset < span.end:
            return None
        only = Span(letter_id.offset, letter_id.offset + 1)
        found = [each async for some in self.read(letter_id.partition, only) for each in some]
        return found[0] if found else None

    async def oldest_first(self, spans: Spans) -> AsyncIterator[list[DeadLetter]]:
        """All letters of some spans, in batches, one partition after the other."""
        for partition, span in sorted(spans.items()):
            async for letters in self.read(partition, span):
                yield letters

    async def _offsets_at(
        self,
        moment: datetime | None,
        without: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> Mapping[TopicPartition, int]:
        """Of each partition the offset of the first letter at `moment` or later."""
        if moment is None:
            return without
        at_ms = max(0, int(moment.timestamp() * 1000))
        found = await self._consumer.offsets_for_times(dict.fromkeys(self._places, at_ms))
        return {
            place: ends[place] if there is None else min(there.offset, ends[place])
            for place, there in found.items()
        }


@asynccontextmanager
async def open_letters(kafka: str, security: KafkaSecurity = OPEN) -> AsyncIterator[LetterLog]:
    """Connect to the brokers at `kafka`; nothing is read before somebody asks.

    Raises:
        KafkaUnreachableError: nothing answers there, or no longer.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        **security.options(),
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await start_wholly(consumer)
            # aiokafka asks for ever where a topic ends that is not there.
            cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001
        yield LetterLog(consumer, cluster.partitions_for_topic(topics.DEAD_LETTERS) or ())
    except (KafkaConnectionError, TimeoutError):
        raise KafkaUnreachableError(kafka) from None
    except KafkaError as error:
        msg = f"Kafka at {kafka} does not give the dead letters: {error}"
        raise FaultError(msg) from error
    finally:
        await close_client(consumer)
