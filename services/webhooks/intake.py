"""Reads triggers onto a desk, as many as there is room for."""

from collections.abc import Callable
from typing import Final, NoReturn

from aiokafka import ConsumerRecord
from aiokafka.errors import OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from services.webhooks.delivery_queue import Desk
from services.webhooks.message import Letter, UnreadableError, letter_of
from services.webhooks.reader import Reader

READ_AT_ONCE: Final = 100


async def read_onto(
    desk: Desk, reader: Reader, wants: Callable[[Letter], bool], log: FilteringBoundLogger
) -> NoReturn:
    """Read on for ever; what nobody wants and what is no trigger is passed over.

    Raises:
        KafkaError: Kafka is away.
    """
    reader.seek(desk.position)
    while True:
        await _until_room(desk)
        try:
            records = await reader.next(min(READ_AT_ONCE, desk.room))
        except OffsetOutOfRangeError:
            beginning = await reader.beginning()
            lost = beginning - desk.position
            log.warning("triggers_gone", offsets=lost)
            reader.seek(beginning)
            continue
        if records:
            letters = [each for each in (_read(one, log) for one in records) if each]
            wanted = [letter for letter in letters if wants(letter)]
            await desk.take(wanted, read=len(records), position=records[-1].offset + 1)


async def _until_room(desk: Desk) -> None:
    while not desk.room:
        desk.freed.clear()
        await desk.freed.wait()


def _read(record: ConsumerRecord, log: FilteringBoundLogger) -> Letter | None:
    try:
        return letter_of(record)
    except UnreadableError:
        log.warning("unreadable_trigger", offset=record.offset)
        return None
