"""The stream of triggers: one reader of the log for all who listen, and what one of them gets."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from services.api.long_poll import READ_ANYWAY_S
from services.api.streams.event_stream import AWAY, STOPPING, TOPIC_DELETED, closing, event, opening
from services.api.streams.listeners import AGAIN_AFTER_S, Audience, Listener, live
from services.platform.http.opaque_text import OpaqueError
from services.read_model.arrivals import Arrivals
from services.read_model.connection import ReadModelError
from services.read_model.cursor import Cursor, log_ends
from services.read_model.customers import names_of, names_of_each
from services.read_model.reader import ReadModel
from services.read_model.trigger_log import LoggedTrigger, Selection, TriggerPage, triggers_between

READ_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which triggers a listener wants: of one rule, of one customer by any name, or all."""

    rule: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class NewTrigger:
    """A trigger as an event, and the fields by which listeners choose."""

    rule: str
    names: frozenset[str]
    """All names of the customer."""
    frame: bytes

    def is_wanted(self, wanted: Wanted) -> bool:
        """True if a listener wants it."""
        rule, customer = wanted.rule, wanted.customer
        return rule in {None, self.rule} and (customer is None or customer in self.names)


@dataclass(frozen=True, slots=True)
class TriggerBatch:
    """New triggers in order, joined once for all listeners who want the same."""

    triggers: Sequence[NewTrigger]
    _joined: dict[Wanted, bytes] = field(default_factory=dict)

    def frames(self, wanted: Wanted) -> bytes:
        """The events that a listener gets of these, possibly none."""
        joined = self._joined.get(wanted)
        if joined is None:
            joined = b"".join(each.frame for each in self.triggers if each.is_wanted(wanted))
            self._joined[wanted] = joined
        return joined


def _as_frames(logged: Sequence[LoggedTrigger], cursor: Cursor) -> list[bytes]:
    """Each trigger as an event, whose id is the cursor after it."""
    frames = []
    for ref, body in logged:
        cursor = cursor.after([(ref.partition, ref.offset)])
        frames.append(event("trigger", cursor.to_text(), body))
    return frames


class TriggerFeed:
    """One reader of the trigger log. It rests while nobody listens."""

    def __init__(self, model: ReadModel, arrivals: Arrivals) -> None:
        self._model = model
        self._arrivals = arrivals
        self._audience = Audience()
        self._wanted: dict[Listener, Wanted] = {}
        self._cursor: Cursor | None = None
        self._reading = asyncio.Lock()
        self._ended = False

    @asynccontextmanager
    async def joined(self, wanted: Wanted, place: Cursor) -> AsyncIterator[tuple[Cursor, Listener]]:
        """Listen: everything from the cursor on comes to the listener. It is not before `place`.

        Raises:
            ReadModelError: there is nothing to listen to.
            OpaqueError: the topic has just been deleted.
        """
        async with self._reading:
            if self._cursor is None or not self._wanted:
                self._cursor = (await log_ends(self._model)).triggers
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
                timeout_s = READ_ANYWAY_S if await self._read_if_possible() else AGAIN_AFTER_S
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        await arrival.wait()
        finally:
            self._ended = True
            self._audience.close(STOPPING)

    async def _read_if_possible(self) -> bool:
        try:
            async with self._reading:
                if self._wanted and self._cursor is not None:
                    await self._publish_new(self._cursor)
        except OpaqueError:
            self._cursor = None
            self._audience.close(TOPIC_DELETED)
        except ReadModelError as error:
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
        framed = zip(logged, _as_frames(logged, cursor), strict=True)
        return TriggerBatch(
            [NewTrigger(ref.rule, names[ref.customer_id], frame) for (ref, _), frame in framed]
        )

    async def _names(self, logged: Sequence[LoggedTrigger]) -> Mapping[str, frozenset[str]]:
        """All names of each customer, if a listener asks for a customer; else the id alone."""
        ids = {ref.customer_id for ref, _ in logged}
        if any(each.customer is not None for each in self._wanted.values()):
            return await names_of_each(self._model, ids)
        return {each: frozenset({each}) for each in ids}


@dataclass(frozen=True, slots=True)
class TriggerStream:
    """The frames of one listener, from a cursor on: first the missed triggers, then the new."""

    model: ReadModel
    feed: TriggerFeed
    wanted: Wanted

    async def frames(self, place: Cursor) -> AsyncGenerator[bytes]:
        """Return the frames from `place` on."""
        yield opening(place.to_text())
        try:
            async for page in self._pages(place):
                yield b"".join(_as_frames(page.logged, place))
                place = page.next
            async with self.feed.joined(self.wanted, place) as (here, listener):
                if not place.covers(here):
                    async for page in self._pages(place, here):
                        yield b"".join(_as_frames(page.logged, place))
                        place = page.next
                async for each in live(listener):
                    yield each
        except ReadModelError:
            yield closing(AWAY)
        except OpaqueError:
            yield closing(TOPIC_DELETED)

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
