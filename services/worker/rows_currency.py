"""Checks the currency of the rows before any partition begins.

The restore of a partition checks each of its rows. But a partition without rows would begin
meanwhile, and make some in the policy's currency: then no policy would fit any more.
"""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.platform.kafka.close_client import close_client
from topology.agents.currency import CurrencyError
from topology.batching.aiokafka_workarounds import start_wholly
from topology.batching.security import KafkaSecurity
from topology.domain.rows.row import currency_in

_LATEST: Final = 100
"""The check begins so many offsets before a partition's end: some may be transaction markers."""
_TIMEOUT_S: Final = 10.0


async def check_rows(
    kafka: str, changelog: str, partitions: int, currency: str, security: KafkaSecurity
) -> None:
    """Check that the latest rows of each partition are in the policy's currency, if there are any.

    Raises:
        CurrencyError: a row is in another one.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        **security.options(),
    )
    try:
        await start_wholly(consumer)
        tps = [TopicPartition(changelog, number) for number in range(partitions)]
        async with asyncio.timeout(_TIMEOUT_S):
            await _read_latest(consumer, tps, currency)
    except TimeoutError:
        return  # The restore checks every row.
    finally:
        await close_client(consumer)


async def _read_latest(
    consumer: AIOKafkaConsumer, tps: list[TopicPartition], currency: str
) -> None:
    consumer.assign(tps)
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    for tp in tps:
        consumer.seek(tp, max(begins[tp], ends[tp] - _LATEST))
    while any([await consumer.position(tp) < ends[tp] for tp in tps]):
        for records in (await consumer.getmany(timeout_ms=50)).values():
            for record in records:
                _check(record, currency)


def _check(record: ConsumerRecord[bytes, bytes], currency: str) -> None:
    found = None if record.value is None else currency_in(record.value)
    if found is not None and found != currency:
        raise CurrencyError(found, currency)
