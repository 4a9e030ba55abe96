"""Leftovers: what aiokafka's clients leave behind when they are fenced, cancelled or closed.

And what they can do, but do not offer.
"""

import asyncio
from traceback import walk_tb
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED

_TIMEOUT_S: Final = 2.0
"""How long a connection may take to be opened."""


def consume_exception(future: asyncio.Future[Any]) -> None:
    """Count a future's exception as seen, so that asyncio does not report it with a traceback."""
    if not future.cancelled():
        future.exception()


def consume_batch_exception(producer: AIOKafkaProducer, tp: TopicPartition) -> None:
    """Count what becomes of the batch just handed over as seen.

    If the producer fails before the batch is sent, aiokafka tells a future that nobody awaits.
    """
    producer._message_accumulator._batches[tp][-1]._drain_waiter.add_done_callback(
        consume_exception
    )


async def start_without_leak(
    client: AIOKafkaClient | AIOKafkaProducer | AIOKafkaConsumer | AIOKafkaAdminClient,
) -> None:
    """Start a client. If that is cancelled, its first connection is still awaited and closed.

    aiokafka itself would leave it open.
    """
    start = client.bootstrap if isinstance(client, AIOKafkaClient) else client.start
    starting = asyncio.create_task(start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=_TIMEOUT_S)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


async def finish_connecting(client: AIOKafkaClient) -> None:
    """Let a connection that is being opened be opened, and no other: then the client may close.

    aiokafka itself would cancel the opening in the middle, and leave the connection open.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_S), client._get_conn_lock:
            if client._sync_task is not None:
                client._sync_task.cancel()
    except TimeoutError:
        return


async def cancel_requests(producer: AIOKafkaProducer) -> None:
    """End the requests that were under way when the sender failed: aiokafka forgets them.

    They would open connections again after the producer has been stopped.
    """
    sender = producer._sender.sender_task
    if sender is None or not sender.done() or sender.cancelled():
        return
    error = sender.exception()
    if error is None:
        return
    for frame, _ in walk_tb(error.__traceback__):
        requests = frame.f_locals.get("tasks")
        if isinstance(requests, set):
            for request in requests:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)


async def high_watermark(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int:
    """Return where a partition ends, open transactions included.

    Call it before the consumer has any partition: it must not fetch in the meantime. Its own
    `end_offsets` goes by its isolation level, which is read_committed from then on.
    """
    await consumer._client.add_topic(tp.topic)
    fetcher = consumer._fetcher
    fetcher._isolation_level = READ_UNCOMMITTED
    try:
        return int((await consumer.end_offsets([tp]))[tp])
    finally:
        fetcher._isolation_level = READ_COMMITTED


def add_to_transaction(producer: AIOKafkaProducer, tp: TopicPartition) -> None:
    """Let the transaction that is open end in this partition, too, without a record there."""
    producer._txn_manager.maybe_add_partition_to_txn(tp)
