"""Shows a snapshot of the demo several times a second, until the API has reached the end."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from schemas.trigger import Trigger
from services.api.answers import SegmentCounts
from services.platform.faults import FaultError
from services.tools.demo.api import PAGE, Api, ApiUnavailableError
from services.tools.demo.snapshot import Display, LeavingCustomer, Snapshot, won_back
from services.tools.demo.subscriber import Subscriber, TimeBuffer
from services.tools.replay.send import Progress

POLL_INTERVAL_S: Final = 0.25
MOST_ROWS: Final = 50
"""The number of leaving customers that are kept to be shown."""
TIMEOUT_S: Final = 120.0
"""How long everything may stand still before the demo gives up."""


class Watcher:
    """Puts together a snapshot of the API, the topics and the replay."""

    def __init__(
        self, api: Api, subscriber: Subscriber, display: Display, noun: str = "message"
    ) -> None:
        self._api = api
        self._subscriber = subscriber
        self._audience = display
        self._noun = noun
        self._coming: TimeBuffer[Trigger] = TimeBuffer(lambda each: each.effective_at)
        self._triggers: Counter[str] = Counter()
        self._won_back: deque[LeavingCustomer] = deque(maxlen=MOST_ROWS)
        self._dropped: deque[LeavingCustomer] = deque(maxlen=MOST_ROWS)
        self._drops = 0
        self._cursor: str | None = None
        self._segments: SegmentCounts | None = None
        self._sent = Progress()
        self._in_all = 0
        self._first: datetime | None = None
        self._end: datetime | None = None

    def expect(self, messages: int) -> None:
        """Record how many messages the replay will send."""
        self._in_all = messages

    def __call__(self, progress: Progress) -> None:
        """Record the progress of the replay."""
        self._sent = progress

    @property
    def as_of(self) -> datetime | None:
        """The instant that the API has reached."""
        return self._segments.as_of if self._segments else None

    async def until(
        self,
        end: datetime,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Show snapshots until the API has reached `end`.

        Raises:
            FaultError: nothing changes any more.
        """
        self._end = end
        snapshot, changed = Snapshot(), clock()
        while snapshot.now is None or snapshot.now < end:
            await sleep(POLL_INTERVAL_S)
            polled = await self._poll()
            if polled != snapshot:
                snapshot, changed = polled, clock()
                self._audience.show(snapshot)
            elif clock() - changed > TIMEOUT_S:
                raise FaultError(_stuck(snapshot))

    async def show_all(
        self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, timeout_s: float = 10.0
    ) -> None:
        """Show the end once the API has every trigger that the subscriber has counted."""
        wanted, waited = self._subscriber.triggers.total(), 0.0
        snapshot = await self._poll()
        while sum(snapshot.triggers.values()) < wanted and waited < timeout_s:
            await sleep(POLL_INTERVAL_S)
            waited += POLL_INTERVAL_S
            snapshot = await self._poll()
        self._audience.show(snapshot)

    async def _poll(self) -> Snapshot:
        try:
            self._segments = await self._api.segments()
            await self._read_triggers()
        except ApiUnavailableError:
            pass  # The last answers stay until the API is back.
        self._take_until_now()
        return Snapshot(
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

    def _take_until_now(self) -> None:
        """Count the triggers and drops up to the instant that the API has reached."""
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


def _stuck(snapshot: Snapshot) -> str:
    return (
        f"Nothing has changed for {TIMEOUT_S:.0f} s. The demo stands at "
        f"{snapshot.now or 'its beginning'}. The services' logs may say why."
    )
