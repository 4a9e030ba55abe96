"""Writes what has been delivered: once per partition, whoever else believes to own it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaProducer

from schemas.contract import Contract
from services.platform.kafka.close_client import close_client
from services.webhooks.partition_queue import PartitionQueue
from services.webhooks.restore import read_compacted
from services.webhooks.stored import Names, encoded, progress_of
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
        self._waiting: list[tuple[Changes, asyncio.Future[None]]] = []
        self._more = asyncio.Event()

    async def write(self, changes: Changes) -> None:
        """Return once the changes are committed by `run`, with what others wrote meanwhile.

        Raises:
            KafkaError: they may not be committed, and this journal is of no more use.
        """
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append((changes, committed))
        self._more.set()
        await committed

    async def run(self) -> None:
        """Commit what is written, until cancelled or KafkaError is raised."""
        while True:
            await self._more.wait()
            self._more.clear()
            some, self._waiting = self._waiting, []
            try:
                await self._commit(
                    {key: each for changes, _ in some for key, each in changes.items()}
                )
            except BaseException as error:
                _tell(some, error)
                raise
            _tell(some, None)

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


def _tell(some: list[tuple[Changes, asyncio.Future[None]]], error: BaseException | None) -> None:
    for _, committed in some:
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
