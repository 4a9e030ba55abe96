"""A look at the rows before any partition begins: in which currency they are.

A partition's restore finds it out for each of its rows. But a partition without rows would begin
meanwhile, and make some in the policy's currency: then no policy would fit any more.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.platform.kafka.clients import connected_consumer
from services.platform.kafka.topic_reader import read_until
from topology.agents.currency import CurrencyError
from topology.batching.security import KafkaSecurity
from topology.domain.rows.row import currency_in

_LATEST: Final = 100
"""So many offsets before its end a partition is looked at: some of them are marks, or none."""
_TIMEOUT_S: Final = 10.0
_FETCH_WAIT_MS: Final = 50


async def check_rows(
    kafka: str, changelog: str, partitions: int, currency: str, security: KafkaSecurity
) -> None:
    """See that the latest rows of each partition are in the policy's currency, if there are any.

    Raises:
        CurrencyError: a row is in another one.
    """
    tps = [TopicPartition(changelog, number) for number in range(partitions)]
    async with connected_consumer(
        kafka, security, auto_offset_reset="earliest", fetch_max_wait_ms=_FETCH_WAIT_MS
    ) as consumer:
        with suppress(TimeoutError):  # The restore looks at every row.
            async with asyncio.timeout(_TIMEOUT_S):
                await _look(consumer, tps, currency)


async def _look(consumer: AIOKafkaConsumer, tps: list[TopicPartition], currency: str) -> None:
    consumer.assign(tps)
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    for tp in tps:
        consumer.seek(tp, max(begins[tp], ends[tp] - _LATEST))
    async for records in read_until(consumer, ends, wait_ms=_FETCH_WAIT_MS):
        for record in records:
            _check(record, currency)


def _check(record: ConsumerRecord[bytes, bytes], currency: str) -> None:
    found = None if record.value is None else currency_in(record.value)
    if found is not None and found != currency:
        raise CurrencyError(found, currency)
