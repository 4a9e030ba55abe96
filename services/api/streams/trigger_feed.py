"""Follows the trigger log for all who listen: it is read once, however many they are."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog
from redis.exceptions import RedisError

from services.api.long_poll import LOOK_ANYWAY_S
from services.api.streams.audience import Audience
from services.api.streams.frames import STOPPING, TOPIC_GONE
from services.api.streams.listener import Listener
from services.api.streams.trigger_batch import NewTrigger, TriggerBatch, Wanted, as_frames
from services.platform.http.problems import NotBuilt
from services.read_model.arrivals import Arrivals
from services.read_model.cursor import Cursor
from services.read_model.customers import names_of_each
from services.read_model.log_ends import end_of_triggers
from services.read_model.opaque import OpaqueError
from services.read_model.read_model import ReadModel
from services.read_model.trigger_log import LoggedTrigger, Selection, TriggerPage, triggers_between

READ_AT_ONCE: Final = 100
AGAIN_AFTER_S: Final = 1.0


class TriggerFeed:
    """One reader of the trigger log. It rests while nobody listens."""

    def __init__(self, model: ReadModel, arrivals: Arrivals) -> None:
        self._model = model
        self._arrivals = arrivals
        self._audience = Audience()
        self._wanted: dict[Listener, Wanted] = {}
        self._cursor: Cursor | None = None
        self._looking = asyncio.Lock()
        self._ended = False

    @asynccontextmanager
    async def joined(self, wanted: Wanted, place: Cursor) -> AsyncIterator[tuple[Cursor, Listener]]:
        """Listen: everything from the cursor on comes to the listener. It is not before `place`.

        Raises:
            NotBuilt, RedisError: there is nothing to listen to.
            OpaqueError: the topic has just been deleted.
        """
        async with self._looking:
            if self._cursor is None or not self._wanted:
                self._cursor = await end_of_triggers(self._model)
            elif not self._cursor.covers(place):
                await self._publish_new(self._cursor)
            cursor, listener = self._cursor, self._audience.admit()
            self._wanted[listener] = wanted
        if self._ended:
            listener.close(STOPPING)
        try:
            yield cursor, listener
        finally:
            self._audience.dismiss(listener)
            del self._wanted[listener]

    async def run(self) -> None:
        """Send new triggers to all who listen, until the server ends."""
        try:
            while not self._arrivals.closed:
                arrival = self._arrivals.next()
                timeout_s = LOOK_ANYWAY_S if await self._look_if_possible() else AGAIN_AFTER_S
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        await arrival.wait()
        finally:
            self._ended = True
            self._audience.close(STOPPING)

    async def _look_if_possible(self) -> bool:
        try:
            async with self._looking:
                if self._wanted and self._cursor is not None:
                    await self._publish_new(self._cursor)
        except OpaqueError:
            self._cursor = None
            self._audience.close(TOPIC_GONE)
        except (RedisError, NotBuilt) as error:
            structlog.get_logger().debug("triggers_away", reason=type(error).__name__)
            return False
        return True

    async def _publish_new(self, cursor: Cursor) -> None:
        page: TriggerPage | None = None
        while page is None or not page.whole:
            page = await triggers_between(self._model, Selection(), cursor, READ_AT_ONCE)
            if page.logged:
                batch = await self._batch(page.logged, cursor)
                await self._audience.make_room()
                for listener, wanted in self._wanted.items():
                    if frames := batch.frames(wanted):
                        listener.put(frames)
            self._cursor = cursor = page.next

    async def _batch(self, logged: Sequence[LoggedTrigger], cursor: Cursor) -> TriggerBatch:
        names = await self._names(logged)
        written = zip(logged, as_frames(logged, cursor), strict=True)
        return TriggerBatch(
            [
                NewTrigger(trigger.rule, names[trigger.customer_id], frame)
                for (_, trigger), frame in written
            ]
        )

    async def _names(self, logged: Sequence[LoggedTrigger]) -> Mapping[str, frozenset[str]]:
        """All names of whoever the triggers are about, if anybody asks for a customer."""
        ids = {trigger.customer_id for _, trigger in logged}
        if any(each.customer is not None for each in self._wanted.values()):
            return await names_of_each(self._model, ids)
        return {each: frozenset({each}) for each in ids}
