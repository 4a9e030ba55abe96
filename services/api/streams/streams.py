"""What the streams of this process share."""

from dataclasses import dataclass
from typing import Self

from services.api.metrics import Metrics
from services.api.streams.customer_feeds import CustomerFeeds
from services.api.streams.seats import Seats
from services.api.streams.trigger_feed import TriggerFeed
from services.read_model.arrivals import Arrivals
from services.read_model.read_model import ReadModel
from topology.domain.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Streams:
    """The feeds, and the seats of those who listen to them."""

    triggers: TriggerFeed
    customers: CustomerFeeds
    seats: Seats

    @classmethod
    def of(
        cls, model: ReadModel, book: Rulebook, arrivals: Arrivals, metrics: Metrics, most: int
    ) -> Self:
        """Put them together for at most so many listeners."""
        return cls(
            TriggerFeed(model, arrivals),
            CustomerFeeds(model, book, arrivals),
            Seats(most, metrics.listeners),
        )
