"""Keeps what is stored of a lane young enough for people to look at."""

import asyncio
from datetime import timedelta
from typing import Final, NoReturn

from services.webhooks.clock import Clock
from services.webhooks.delivery_queue import Desk
from services.webhooks.reader import Reader

SAVE_AFTER: Final = timedelta(seconds=2)
"""What was opened, and has not ended by then, is stored as open."""


async def keep_saved(desk: Desk, reader: Reader, clock: Clock) -> NoReturn:
    """Store what waits, for as long as it waits. A lane that has nothing to do costs nothing.

    Raises:
        KafkaError: Kafka is away.
    """
    never = asyncio.Event()
    while True:
        if desk.room:
            await desk.unsaved.wait()
        await clock.wait(never, clock.now() + SAVE_AFTER)
        if not desk.room:
            desk.see_end(await reader.end())
        if desk.unsaved.is_set():
            await desk.save()
