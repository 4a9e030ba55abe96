"""The journal of one partition: commits the progress of its queues, and restores them at a start.

Kafka fences the previous owner of the partition, so only one process can write its progress.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.contract import Contract
from services.platform.compacted.reader import apply_records
from services.platform.kafka.clients import connected_consumer, connected_producer
from services.platform.kafka.topic_reader import read_until
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
"""New values by key; None removes a key. Of several values for one key only the last is written."""
READ_TIMEOUT_S: Final = 60.0
POLL_MS: Final = 500
GONE: Final = "Kafka no longer has it"
"""Why a delivery is exhausted whose record has expired."""


class Journal:
    """The progress of one partition. `stored` are the records that Kafka has of it."""

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
        """Return once `run` has committed the changes, together with those of other callers.

        Raises:
            KafkaError: the changes may not be committed, and this journal can't be used any more.
        """
        committed = asyncio.get_running_loop().create_future()
        self._pending.append((changes, committed))
        self._written.set()
        await committed

    async def run(self) -> None:
        """Commit the changes of all callers, until cancelled or until Kafka fails."""
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
            committed.exception()  # Marks it as seen: `run` raises it, and the caller may be gone.
        else:
            committed.cancel()


@asynccontextmanager
async def open_journal(
    kafka: str, security: KafkaSecurity, names: Names, partition: int
) -> AsyncIterator[Journal]:
    """Open the journal of a partition: first fence its previous owner, then read its progress.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: Kafka did not answer in time.
    """
    async with connected_producer(
        kafka,
        security,
        transactional_id=f"{names.group}-{partition}",
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
    ) as producer:
        stored = await read_compacted(kafka, security, names.progress, partition)
        yield Journal(producer, names.progress, partition, stored)


async def read_compacted(
    kafka: str, security: KafkaSecurity, topic: str, partition: int
) -> Mapping[str, bytes]:
    """Return the last committed value of each key of one partition.

    The caller must have fenced all other writers before.

    Raises:
        KafkaError: Kafka is away.
        TimeoutError: Kafka did not answer in time.
    """
    place = TopicPartition(topic, partition)
    found: dict[str, bytes] = {}
    connecting = connected_consumer(kafka, security, auto_offset_reset="earliest")
    async with asyncio.timeout(READ_TIMEOUT_S), connecting as consumer:
        consumer.assign([place])
        ends = await consumer.end_offsets([place])
        async for records in read_until(consumer, ends, wait_ms=POLL_MS):
            apply_records(found, records)
    return found


@dataclass(frozen=True, slots=True)
class Restarted:
    """A queue, the messages of its open triggers by offset, and the triggers that are lost."""

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
    """Restore a queue. A new one begins with the triggers since the subscription was created.

    An open trigger whose record has expired becomes exhausted.

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
                    exhausted_key(subscription.id, partition, one.offset): _exhausted(
                        one, partition, now
                    )
                    for one in lost
                },
            }
        )
    return Restarted(queue, messages, lost)


def _exhausted(one: Attempted, partition: int, now: datetime) -> Exhausted:
    gone = OpenTrigger(
        offset=one.offset,
        customer_id="",
        webhook_id=one.webhook_id,
        rule=one.rule,
        attempts=one.attempts,
        first_at=one.first_at,
        due_at=one.due_at,
        reason=GONE,
    )
    return exhausted_of(gone, partition, now)
