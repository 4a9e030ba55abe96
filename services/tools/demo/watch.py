"""Asks how things are, several times a second, until the end has been shown."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from schemas.trigger import Trigger
from services.api.answers import SegmentCounts
from services.platform.faults import FaultError
from services.tools.demo.api import PAGE, Api, ApiAwayError
from services.tools.demo.snapshot import Audience, Leaving, Scene, won_back
from services.tools.demo.subscriber import NotYet, Subscriber
from services.tools.replay.send import Progress

BETWEEN_LOOKS_S: Final = 0.25
MOST_ROWS: Final = 50
"""So many of the latest are kept to be shown."""
TIMEOUT_S: Final = 120.0
"""How long nothing at all may change before the demo is given up."""


class Watcher:
    """Puts together what the API, the topics and the replay tell."""

    def __init__(
        self, api: Api, subscriber: Subscriber, audience: Audience, noun: str = "message"
    ) -> None:
        self._api = api
        self._subscriber = subscriber
        self._audience = audience
        self._noun = noun
        self._coming: NotYet[Trigger] = NotYet(lambda each: each.effective_at)
        self._triggers: Counter[str] = Counter()
        self._won_back: deque[Leaving] = deque(maxlen=MOST_ROWS)
        self._dropped: deque[Leaving] = deque(maxlen=MOST_ROWS)
        self._drops = 0
        self._cursor: str | None = None
        self._segments: SegmentCounts | None = None
        self._sent = Progress()
        self._in_all = 0
        self._first: datetime | None = None
        self._end: datetime | None = None

    def expect(self, messages: int) -> None:
        """Hear how many messages will be sent."""
        self._in_all = messages

    def __call__(self, progress: Progress) -> None:
        """Hear how far the replay is."""
        self._sent = progress

    @property
    def as_of(self) -> datetime | None:
        """The instant up to which everything has been worked out and projected."""
        return self._segments.as_of if self._segments else None

    async def until(
        self,
        end: datetime,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Show how things are until everything up to `end` has been worked out and projected.

        Raises:
            FaultError: nothing changes any more.
        """
        self._end = end
        scene, changed = Scene(), clock()
        while scene.now is None or scene.now < end:
            await sleep(BETWEEN_LOOKS_S)
            looked = await self._look()
            if looked != scene:
                scene, changed = looked, clock()
                self._audience.show(scene)
            elif clock() - changed > TIMEOUT_S:
                raise FaultError(_stuck(scene))

    async def show_all(
        self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, timeout_s: float = 10.0
    ) -> None:
        """Show the end once the API has every trigger that the subscriber has counted by now."""
        wanted, waited = self._subscriber.triggers.total(), 0.0
        scene = await self._look()
        while sum(scene.triggers.values()) < wanted and waited < timeout_s:
            await sleep(BETWEEN_LOOKS_S)
            waited += BETWEEN_LOOKS_S
            scene = await self._look()
        self._audience.show(scene)

    async def _look(self) -> Scene:
        try:
            self._segments = await self._api.segments()
            await self._read_triggers()
        except ApiAwayError:
            pass  # what was seen last stays until it is back
        self._let_come()
        return Scene(
            now=self.as_of,
            done=self._done(),
            sent=self._sent.messages,
            in_all=self._in_all,
            noun=self._noun,
            segments=self._segments.segment if self._segments else {},
            transitions=self._subscriber.transitions,
            triggers=dict(self._triggers),
            dropped=self._drops,
            latest_won_back=tuple(self._won_back),
            latest_dropped=tuple(self._dropped),
        )

    def _done(self) -> float:
        now, end = self.as_of, self._end
        if now is None or end is None:
            return 0.0
        self._first = self._first or now
        whole = end - self._first
        return min((now - self._first) / whole, 1.0) if whole else 1.0

    def _let_come(self) -> None:
        """Take in what is not dated after the instant that is shown."""
        for trigger in self._coming.take(self.as_of):
            self._triggers[trigger.rule] += 1
            if (leaving := won_back(trigger)) is not None:
                self._won_back.appendleft(leaving)
        for each in self._subscriber.drops.take(self.as_of):
            self._drops += 1
            self._dropped.appendleft(each)

    async def _read_triggers(self) -> None:
        while True:
            page = await self._api.triggers(self._cursor)
            self._coming.add(page.items)
            self._cursor = page.next or self._cursor
            if len(page.items) < PAGE:
                return


def _stuck(scene: Scene) -> str:
    return (
        f"Nothing has moved for {TIMEOUT_S:.0f} s, and the demo is at "
        f"{scene.now or 'its beginning'}: the services' logs may tell why."
    )
