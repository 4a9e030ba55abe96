"""Keeps what happens to one customer in order, also over several topics.

Topics have no common order: as fast as possible, a complaint may overtake the order that it is
about. So a message waits where its customer's last one went to another topic, until the midnight
before it has taken effect, and with it all that came earlier.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Final

from services.tools.replay.schedule import Placed, Turns

BETWEEN_LOOKS_S: Final = 0.02


class InStep:
    """Waits for barriers, beside what another pace waits for.

    Args:
        pace: the other one.
        barriers: by a message's number from 0 on, the instant that must have taken effect.
        shown: the instant up to which everything has, as far as is known.
        sleep: how to pass the time.
    """

    def __init__(
        self,
        pace: Turns,
        barriers: Mapping[int, datetime],
        shown: Callable[[], datetime | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._barriers = barriers
        self._shown = shown
        self._sleep = sleep

    async def wait_for_turn(self, sent: int) -> None:
        """Wait until the message after `sent` others may go."""
        await self._pace.wait_for_turn(sent)
        barrier = self._barriers.get(sent)
        if barrier is None:
            return
        while (shown := self._shown()) is None or shown < barrier:
            await self._sleep(BETWEEN_LOOKS_S)


def barriers_of(messages: Iterable[Placed]) -> dict[int, datetime]:
    """Find the messages, in time order, whose customer's last one went to another topic.

    Returns:
        By their number from 0 on, the midnight before them.
    """
    barriers: dict[int, datetime] = {}
    last: dict[bytes | None, str] = {}
    for number, each in enumerate(messages):
        key, topic = each.line.key, each.line.topic
        if last.setdefault(key, topic) != topic:
            barriers[number] = datetime.combine(each.at.date(), time.min, UTC)
            last[key] = topic
    return barriers
