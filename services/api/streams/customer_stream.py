"""One customer, as one listener gets them: what was missed, how they are, what comes."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from redis.exceptions import RedisError

from services.api.streams import frames
from services.api.streams.customer_feeds import CustomerFeeds
from services.api.streams.customer_news import look_for_news
from services.api.streams.customer_place import CustomerPlace
from services.api.streams.trigger_stream import live
from services.platform.http.problems import NotBuilt
from services.read_model.read_model import ReadModel
from topology.domain.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class CustomerStream:
    """What one listener gets of whoever has a name."""

    model: ReadModel
    book: Rulebook
    feeds: CustomerFeeds
    name: str

    async def frames(self, place: CustomerPlace | None) -> AsyncGenerator[bytes]:
        """Return the frames from `place` on, or from now on.

        What goes wrong before the first of them is raised, as `CustomerFeeds.joined` says.
        """
        async with self.feeds.joined(self.name) as (now, listener):
            yield frames.opening((place or now.place).to_text())
            try:
                if place is not None:
                    news = await look_for_news(
                        self.model, self.book, self.name, place, until=now.place
                    )
                    yield news.events
                yield now.frame()
                async for each in live(listener):
                    yield each
            except (RedisError, NotBuilt):
                yield frames.closing(frames.AWAY)
