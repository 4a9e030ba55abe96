"""The triggers, as one listener gets them: first what was missed, then each as it comes."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from redis.exceptions import RedisError

from services.api.streams import frames
from services.api.streams.listener import Listener
from services.api.streams.trigger_batch import Wanted, as_frames
from services.api.streams.trigger_feed import READ_AT_ONCE, TriggerFeed
from services.platform.http.problems import NotBuilt
from services.read_model.cursor import Cursor
from services.read_model.customers import names_of
from services.read_model.opaque import OpaqueError
from services.read_model.read_model import ReadModel
from services.read_model.trigger_log import Selection, TriggerPage, triggers_between


@dataclass(frozen=True, slots=True)
class TriggerStream:
    """What one listener gets, from a cursor on."""

    model: ReadModel
    feed: TriggerFeed
    wanted: Wanted

    async def frames(self, place: Cursor) -> AsyncGenerator[bytes]:
        """Return the frames from `place` on."""
        yield frames.opening(place.to_text())
        try:
            async for page in self._pages(place):
                yield b"".join(as_frames(page.logged, place))
                place = page.next
            async with self.feed.joined(self.wanted, place) as (here, listener):
                if not place.covers(here):
                    async for page in self._pages(place, here):
                        yield b"".join(as_frames(page.logged, place))
                        place = page.next
                async for each in live(listener):
                    yield each
        except (RedisError, NotBuilt):
            yield frames.closing(frames.AWAY)
        except OpaqueError:
            yield frames.closing(frames.TOPIC_GONE)

    async def _pages(
        self, place: Cursor, until: Cursor | None = None
    ) -> AsyncGenerator[TriggerPage]:
        customer, whole = self.wanted.customer, False
        while not whole:
            names = () if customer is None else await names_of(self.model, customer)
            selection = Selection(self.wanted.rule, names)
            page = await triggers_between(self.model, selection, place, READ_AT_ONCE, until)
            yield page
            place, whole = page.next, page.whole


async def live(listener: Listener) -> AsyncGenerator[bytes]:
    """Return what comes to a listener, heartbeats while nothing does, and why it ends."""
    until = time.monotonic() + frames.MOST_AGE_S
    while True:
        some = await listener.take(frames.HEARTBEAT_S)
        if some:
            yield some
        elif listener.closed is not None:
            yield frames.closing(listener.closed)
            return
        else:
            yield frames.HEARTBEAT
        if time.monotonic() > until:
            listener.close(frames.OVER)
