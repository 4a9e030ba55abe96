"""Keeps what is stored of a lane young enough for people to look at."""

import asyncio
from datetime import timedelta
from typing import Final, NoReturn

from services.webhooks.clock import Clock
from services.webhooks.delivery_queue import DeliveryQueue
from services.webhooks.reader import Reader

SAVE_AFTER: Final = timedelta(seconds=2)
"""What was opened, and has not ended by then, is stored as open."""


async def keep_saved(delivery_queue: DeliveryQueue, reader: Reader, clock: Clock) -> NoReturn:
    """Store what waits, for as long as it waits. A lane that has nothing to do costs nothing.

    Raises:
        KafkaError: Kafka is away.
    """
    never = asyncio.Event()
    while True:
        if delivery_queue.room:
            await delivery_queue.unsaved.wait()
        await clock.wait(never, clock.now() + SAVE_AFTER)
        if not delivery_queue.room:
            delivery_queue.see_end(await reader.end())
        if delivery_queue.unsaved.is_set():
            await delivery_queue.save()
