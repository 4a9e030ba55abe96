"""Checks the currency and the version of the stored rows before any partition begins.

The restore of a partition checks each of its rows. But a partition without rows would begin
meanwhile and write rows in the policy's currency. Then no policy would fit all rows. And a worker
of an older release would take partitions from updated workers, only to end.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.platform.kafka.clients import connected_consumer
from services.platform.kafka.topic_reader import read_until
from topology.agents.currency import CurrencyError
from topology.agents.newer_release import NewerReleaseError
from topology.batching.security import KafkaSecurity
from topology.domain.rows.row import NewerRowError, currency_in

_LATEST: Final = 100
"""The offsets that are read at the end of a partition: some of them are transaction markers."""
_TIMEOUT_S: Final = 10.0
_FETCH_WAIT_MS: Final = 50


async def check_rows(
    kafka: str, changelog: str, partitions: int, currency: str, security: KafkaSecurity
) -> None:
    """Check that this worker can go on with the latest rows of each partition.

    Raises:
        CurrencyError: a row is in another currency than the policy's.
        NewerReleaseError: a newer release has written a row.
    """
    tps = [TopicPartition(changelog, number) for number in range(partitions)]
    async with connected_consumer(
        kafka, security, auto_offset_reset="earliest", fetch_max_wait_ms=_FETCH_WAIT_MS
    ) as consumer:
        with suppress(TimeoutError):  # The restore checks every row.
            async with asyncio.timeout(_TIMEOUT_S):
                await _check_latest_rows(consumer, tps, currency)


async def _check_latest_rows(
    consumer: AIOKafkaConsumer, tps: list[TopicPartition], currency: str
) -> None:
    consumer.assign(tps)
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    for tp in tps:
        consumer.seek(tp, max(begins[tp], ends[tp] - _LATEST))
    async for records in read_until(consumer, ends, wait_ms=_FETCH_WAIT_MS):
        for record in records:
            _check(record, currency)


def _check(record: ConsumerRecord[bytes, bytes], currency: str) -> None:
    try:
        found = None if record.value is None else currency_in(record.value)
    except NewerRowError as error:
        raise NewerReleaseError(error) from None
    if found is not None and found != currency:
        raise CurrencyError(found, currency)
