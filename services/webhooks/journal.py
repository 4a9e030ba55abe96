"""Writes what has been delivered: once per partition, whoever else believes to own it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.contract import Contract
from services.platform.kafka.close_client import close_client
from services.webhooks.message import WebhookMessage, message_of
from services.webhooks.partition_queue import OpenTrigger, PartitionQueue
from services.webhooks.progress import (
    Attempted,
    Exhausted,
    QueueProgress,
    exhausted_of,
    progress_of,
    queue_of,
)
from services.webhooks.subscriptions import Subscription
from services.webhooks.topics import Names, encoded, exhausted_key, queue_key
from services.webhooks.trigger_reader import TriggerReader
from topology.batching.security import KafkaSecurity

TRANSACTION_TIMEOUT_MS: Final = 30_000

Changes = Mapping[str, Contract | PartitionQueue | None]
"""New values by key; None takes one away. Of several for one key only the last is written."""


class Journal:
    """The progress of one partition. `stored` is what Kafka has of it."""

    def __init__(
        self, producer: AIOKafkaProducer, topic: str, partition: int, stored: Mapping[str, bytes]
    ) -> None:
        self.stored = dict(stored)
        self._producer = producer
        self._topic = topic
        self._partition = partition
        self._pending: list[tuple[Changes, asyncio.Future[None]]] = []
        self._written = asyncio.Event()

    async def write(self, changes: Changes) -> None:
        """Return once the changes are committed by `run`, with what others wrote meanwhile.

        Raises:
            KafkaError: they may not be committed, and this journal is of no more use.
        """
        committed = asyncio.get_running_loop().create_future()
        self._pending.append((changes, committed))
        self._written.set()
        await committed

    async def run(self) -> None:
        """Commit what is written, until cancelled or KafkaError is raised."""
        while True:
            await self._written.wait()
            self._written.clear()
            batch, self._pending = self._pending, []
            try:
                await self._commit(
                    {key: each for changes, _ in batch for key, each in changes.items()}
                )
            except BaseException as error:
                _finish(batch, error)
                raise
            _finish(batch, None)

    async def _commit(self, changes: Changes) -> None:
        values = {key: _encoded(each) for key, each in changes.items()}
        async with self._producer.transaction():
            for key, value in values.items():
                await self._producer.send(
                    self._topic, value, key.encode(), partition=self._partition
                )
        for key, value in values.items():
            if value is None:
                self.stored.pop(key, None)
            else:
                self.stored[key] = value


def _encoded(value: Contract | PartitionQueue | None) -> bytes | None:
    if value is None:
        return None
    return encoded(progress_of(value) if isinstance(value, PartitionQueue) else value)


def _finish(batch: list[tuple[Changes, asyncio.Future[None]]], error: BaseException | None) -> None:
    for _, committed in batch:
        if committed.done():
            continue
        if error is None:
            committed.set_result(None)
        elif isinstance(error, Exception):
            committed.set_exception(error)
            committed.exception()  # It is raised by `run` too, if nobody waits any more.
        else:
            committed.cancel()


@asynccontextmanager
async def open_journal(
    kafka: str, security: KafkaSecurity, names: Names, partition: int
) -> AsyncIterator[Journal]:
    """Open a partition's journal: first whoever had it before is shut out, then it is read.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: it did not answer in time.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        transactional_id=f"{names.group}-{partition}",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        **security.options(),
    )
    try:
        await producer.start()
        stored = await read_compacted(kafka, security, names.progress, partition)
        yield Journal(producer, names.progress, partition, stored)
    finally:
        await close_client(producer)


TIMEOUT_S: Final = 60.0
WAIT_MS: Final = 500


async def read_compacted(
    kafka: str, security: KafkaSecurity, topic: str, partition: int
) -> Mapping[str, bytes]:
    """Return the last value of each key of one partition, as committed.

    Whoever else writes there must have been fenced before.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: it did not answer in time.
    """
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=None,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **security.options(),
    )
    found: dict[str, bytes] = {}
    async with asyncio.timeout(TIMEOUT_S):
        try:
            await consumer.start()
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(timeout_ms=WAIT_MS)).get(place, ()):
                    key = (record.key or b"").decode()
                    if record.value is None:
                        found.pop(key, None)
                    else:
                        found[key] = record.value
        finally:
            await close_client(consumer)
    return found


GONE: str = "Kafka no longer has it"


@dataclass(frozen=True, slots=True)
class Restarted:
    """A lane, the letters of what is open by offset, and what is lost."""

    queue: PartitionQueue
    messages: Mapping[int, WebhookMessage]
    lost: tuple[Attempted, ...] = ()


async def restart(
    journal: Journal,
    reader: TriggerReader,
    subscription: Subscription,
    partition: int,
    now: datetime,
) -> Restarted:
    """Return where the lane was. A new one begins with what came since the subscription was made.

    What is open though its record has expired is given up.

    Raises:
        KafkaError: Kafka is away.
    """
    key = queue_key(subscription.id, partition)
    stored = journal.stored.get(key)
    if stored is None:
        queue = PartitionQueue(await reader.first_since(subscription.created_at))
        await journal.write({key: queue})
        return Restarted(queue, {})
    progress = QueueProgress.model_validate_json(stored)
    records = await reader.read_at([one.offset for one in progress.open])
    messages = {offset: message_of(record) for offset, record in records.items()}
    queue = queue_of(progress, {at: message.customer_id for at, message in messages.items()})
    lost = tuple(one for one in progress.open if one.offset not in messages)
    if lost:
        await journal.write(
            {
                key: queue,
                **{
                    exhausted_key(subscription.id, partition, one.offset): _given_up(
                        one, partition, now
                    )
                    for one in lost
                },
            }
        )
    return Restarted(queue, messages, lost)


def _given_up(one: Attempted, partition: int, now: datetime) -> Exhausted:
    gone = OpenTrigger(
        one.offset, "", one.webhook_id, one.rule, one.attempts, one.first_at, one.due_at, GONE
    )
    return exhausted_of(gone, partition, now)
