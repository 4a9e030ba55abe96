"""Keeps the messages of one customer in order across topics.

Topics have no common order: in a fast replay, a complaint may overtake the order that it is about.
A message whose customer's last message went to another topic therefore waits, until the API shows
the midnight before it, and so every earlier message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Final

from services.tools.replay.schedule import Pacer, TimedLine

POLL_INTERVAL_S: Final = 0.02


class TopicOrder:
    """Waits for another pace, and then for the barrier of a message.

    Args:
        pace: the other pace.
        barriers: by a message's number (from 0), the instant that the API must have reached.
        reached: returns the instant that the API has reached, None if it is unknown.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        pace: Pacer,
        barriers: Mapping[int, datetime],
        reached: Callable[[], datetime | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._barriers = barriers
        self._reached = reached
        self._sleep = sleep

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others may be sent."""
        await self._pace.wait_for_turn(sent)
        barrier = self._barriers.get(sent)
        if barrier is None:
            return
        while (reached := self._reached()) is None or reached < barrier:
            await self._sleep(POLL_INTERVAL_S)


def barriers_of(messages: Iterable[TimedLine]) -> dict[int, datetime]:
    """Find the messages whose customer's last message went to another topic.

    Returns:
        By a message's number in time order (from 0), the midnight before it.
    """
    barriers: dict[int, datetime] = {}
    last: dict[bytes | None, str] = {}
    for number, each in enumerate(messages):
        key, topic = each.line.key, each.line.topic
        if last.setdefault(key, topic) != topic:
            barriers[number] = datetime.combine(each.at.date(), time.min, UTC)
            last[key] = topic
    return barriers
