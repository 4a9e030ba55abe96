"""Workarounds for aiokafka: resources that its clients leak, and functions that it lacks.

Clients leak connections, requests or futures when they are fenced, cancelled or closed.
"""

import asyncio
from traceback import walk_tb
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED
from aiokafka.producer.sender import BACKOFF_OVERRIDE, AddPartitionsToTxnHandler

_TIMEOUT_S: Final = 2.0
"""How long opening a connection may take."""
_MARKERS_S: Final = 0.004
"""About the time in which an idle broker writes the markers of a transaction."""


def consume_exception(future: asyncio.Future[Any]) -> None:
    """Retrieve a future's exception, so that asyncio does not log that nobody retrieved it."""
    if not future.cancelled():
        future.exception()


def consume_batch_exception(producer: AIOKafkaProducer, tp: TopicPartition) -> None:
    """Retrieve the exception of the batch that was added last, once it has one.

    If the producer fails before it sends the batch, aiokafka sets an exception on a future that
    nobody awaits.
    """
    producer._message_accumulator._batches[tp][-1]._drain_waiter.add_done_callback(
        consume_exception
    )


def fatal_error_of(producer: AIOKafkaProducer) -> BaseException | None:
    """Return the error that ended a transactional producer: aiokafka may raise a more general one.

    Reading it also prevents asyncio from logging that nobody retrieved it.
    """
    waiter = producer._txn_manager._transaction_waiter
    return waiter.exception() if waiter.done() else None


async def start_without_leak(
    client: AIOKafkaClient | AIOKafkaProducer | AIOKafkaConsumer | AIOKafkaAdminClient,
) -> None:
    """Start a client. After a cancellation, wait for its first connection before raising.

    The caller can then close the client. aiokafka itself would leak the connection.
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
    """Wait for the connection that is being opened, and prevent new ones. Then close the client.

    aiokafka itself would cancel the opening halfway, and leak the connection.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_S), client._get_conn_lock:
            if client._sync_task is not None:
                client._sync_task.cancel()
    except TimeoutError:
        return


async def cancel_requests(producer: AIOKafkaProducer) -> None:
    """Cancel the requests in flight of a sender that has failed: aiokafka loses track of them.

    They would open new connections after the producer has stopped.
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
    """Return a partition's high watermark, which includes open transactions.

    Call it before the consumer has an assignment: it must not fetch meanwhile. `end_offsets`
    depends on the consumer's isolation level, which is read_committed after this call.
    """
    await consumer._client.add_topic(tp.topic)
    fetcher = consumer._fetcher
    fetcher._isolation_level = READ_UNCOMMITTED
    try:
        return int((await consumer.end_offsets([tp]))[tp])
    finally:
        fetcher._isolation_level = READ_COMMITTED


def add_to_transaction(producer: AIOKafkaProducer, tp: TopicPartition) -> None:
    """Add a partition to the open transaction, without a record: it gets a marker, too."""
    producer._txn_manager.maybe_add_partition_to_txn(tp)


def begin_soon_after_commit(producer: AIOKafkaProducer) -> None:
    """Have a started producer ask every few milliseconds whether its next transaction may begin.

    The broker answers a commit before it has written the markers, and begins no other transaction
    of this producer before it has. aiokafka would ask again after 20 ms, which is longer than the
    rest of a transaction takes.
    """
    sender = producer._sender

    async def add_partitions(partitions: set[TopicPartition]) -> bool:
        coordinator = await sender._find_coordinator(
            CoordinationType.TRANSACTION, producer._txn_manager.transactional_id
        )
        added: bool = await _AddPartitions(sender, partitions).do(coordinator)
        return added

    sender._do_add_partitions_to_txn = add_partitions


class _AddPartitions(AddPartitionsToTxnHandler):
    """aiokafka's request that begins a transaction, with a shorter pause before the next try."""

    def handle_response(self, resp: Any) -> float | None:
        """Return how long to wait before the next try; None if there is none."""
        pause: float | None = super().handle_response(resp)
        return _MARKERS_S if pause == BACKOFF_OVERRIDE else pause
