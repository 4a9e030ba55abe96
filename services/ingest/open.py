"""Puts an intake together from the settings."""

from services.ingest.event_producer import EventProducer
from services.ingest.intake import Intake
from services.ingest.limits import Limits
from services.ingest.metrics import IngestMetrics
from services.ingest.routing import table_with
from services.platform.breaker import Breaker
from services.platform.http.request_body import MemoryBudget
from services.platform.kafka.security import security_of
from services.platform.settings import Settings
from topology.agents.decode import EventDecoder
from topology.domain.policy.rulebook import Rulebook


def open_intake(
    settings: Settings,
    *,
    kafka: str,
    book: Rulebook,
    budget: MemoryBudget,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    breaker: Breaker | None = None,
) -> Intake:
    """Return an intake; its outlet is not connected yet. It must be made inside of a loop."""
    event_producer = EventProducer(
        kafka,
        timeout_s=limits.acknowledged_s,
        security=security_of(settings),
        breaker=breaker,
    )
    return Intake(
        event_producer=event_producer,
        limits=limits,
        table=table_with(settings.event_topics),
        events=EventDecoder(book.exchange, book.oldest_event, book.kept),
        metrics=IngestMetrics(lambda: event_producer.up, lambda: budget.taken),
    )
