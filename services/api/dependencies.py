"""What the operations work with, put together once by `app` and handed to each."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.api.dead_letter_reader import DeadLetterReader
from services.api.erasure_requests import Erasures
from services.api.metrics import Metrics
from services.api.streams.customer_stream import CustomerFeeds
from services.api.streams.listeners import Seats
from services.api.streams.trigger_stream import TriggerFeed
from services.api.webhook_subscriptions import Webhooks
from services.ingest.intake import Intake
from services.platform.kafka.worker_lag.watch import LagWatch
from services.read_model.arrivals import Arrivals
from services.read_model.reader import ReadModel
from topology.domain.policy.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The read model, the policy, where Kafka is, and what this process knows of itself."""

    model: ReadModel
    book: Rulebook
    arrivals: Arrivals
    metrics: Metrics
    kafka: str
    """The brokers, `host:port` separated by commas."""
    intake: Intake
    webhooks: Webhooks
    trigger_feed: TriggerFeed
    customer_feeds: CustomerFeeds
    seats: Seats
    """Of those who listen to a feed."""
    erasures: Erasures
    worker_lag: LagWatch
    dead_letters: DeadLetterReader

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the policy's rules."""
        return tuple(rule.name for rule in self.book.rules)


def dependencies_of(request: Request) -> Dependencies:
    """Return the parts of the application that got the request."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


AppDependencies = Annotated[Dependencies, Depends(dependencies_of)]
