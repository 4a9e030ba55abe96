"""Reads triggers onto a desk, as many as there is room for."""

from collections.abc import Callable
from typing import Final, NoReturn

from aiokafka import ConsumerRecord
from aiokafka.errors import OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from services.webhooks.delivery_queue import DeliveryQueue
from services.webhooks.message import UnreadableError, WebhookMessage, message_of
from services.webhooks.reader import Reader

READ_AT_ONCE: Final = 100


async def read_onto(
    delivery_queue: DeliveryQueue,
    reader: Reader,
    wants: Callable[[WebhookMessage], bool],
    log: FilteringBoundLogger,
) -> NoReturn:
    """Read on for ever; what nobody wants and what is no trigger is passed over.

    Raises:
        KafkaError: Kafka is away.
    """
    reader.seek(delivery_queue.position)
    while True:
        await _until_room(delivery_queue)
        try:
            records = await reader.next(min(READ_AT_ONCE, delivery_queue.room))
        except OffsetOutOfRangeError:
            beginning = await reader.beginning()
            lost = beginning - delivery_queue.position
            log.warning("triggers_gone", offsets=lost)
            reader.seek(beginning)
            continue
        if records:
            messages = [each for each in (_read(one, log) for one in records) if each]
            wanted = [message for message in messages if wants(message)]
            await delivery_queue.take(wanted, read=len(records), position=records[-1].offset + 1)


async def _until_room(delivery_queue: DeliveryQueue) -> None:
    while not delivery_queue.room:
        delivery_queue.freed.clear()
        await delivery_queue.freed.wait()


def _read(record: ConsumerRecord, log: FilteringBoundLogger) -> WebhookMessage | None:
    try:
        return message_of(record)
    except UnreadableError:
        log.warning("unreadable_trigger", offset=record.offset)
        return None
