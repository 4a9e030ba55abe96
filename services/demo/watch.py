"""Asks how things are, several times a second, until the end has been shown."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from schemas.trigger import Trigger
from services.api.answers import SegmentCounts
from services.demo.api import PAGE, Api, ApiAwayError
from services.demo.scene import Audience, Scene
from services.demo.subscriber import Subscriber
from services.faults import FaultError
from services.replay.send import Progress

BETWEEN_LOOKS_S: Final = 0.25
LATEST: Final = 8
PATIENCE_S: Final = 120.0
"""How long nothing at all may change before the demo is given up."""


class Watcher:
    """Puts together what the API, the topics and the replay tell."""

    def __init__(
        self, api: Api, subscriber: Subscriber, audience: Audience, noun: str = "messages"
    ) -> None:
        self._api = api
        self._subscriber = subscriber
        self._audience = audience
        self._noun = noun
        self._latest: deque[Trigger] = deque(maxlen=LATEST)
        self._cursor: str | None = None
        self._segments: SegmentCounts | None = None
        self._sent = Progress()
        self._in_all = 0

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
        scene, changed = Scene(), clock()
        while scene.now is None or scene.now < end:
            await sleep(BETWEEN_LOOKS_S)
            looked = await self._look()
            if looked != scene:
                scene, changed = looked, clock()
                self._audience.show(scene)
            elif clock() - changed > PATIENCE_S:
                raise FaultError(_stuck(scene))

    async def _look(self) -> Scene:
        try:
            self._segments = await self._api.segments()
            await self._read_triggers()
        except ApiAwayError:
            pass  # what was seen last stays until it is back
        return Scene(
            now=self.as_of,
            sent=self._sent.messages,
            in_all=self._in_all,
            noun=self._noun,
            segments=self._segments.segment if self._segments else {},
            transitions=self._subscriber.transitions,
            triggers=self._subscriber.triggers.total(),
            latest=tuple(self._latest),
        )

    async def _read_triggers(self) -> None:
        while True:
            page = await self._api.triggers(self._cursor)
            self._latest.extendleft(page.items)
            self._cursor = page.next or self._cursor
            if len(page.items) < PAGE:
                return


def _stuck(scene: Scene) -> str:
    return (
        f"Nothing has moved for {PATIENCE_S:.0f} s, and the demo is at "
        f"{scene.now or 'its beginning'}: the services' logs may tell why."
    )
