"""Puts an intake together from the settings."""

from services.breaker import Breaker
from services.ingest.budget import Budget
from services.ingest.intake import Intake
from services.ingest.limits import Limits
from services.ingest.metrics import IngestMetrics
from services.ingest.outlet import Outlet
from services.kafka_security import security_of
from services.replay.routing import table_with
from services.settings import Settings
from topology.agents.decode import EventDecoder
from topology.domain.policy.rulebook import Rulebook


def open_intake(
    settings: Settings,
    *,
    kafka: str,
    book: Rulebook,
    limits: Limits | None = None,
    breaker: Breaker | None = None,
) -> Intake:
    """Return an intake; its outlet is not connected yet. It must be made inside of a loop."""
    limits = limits or Limits()
    outlet = Outlet(
        kafka,
        patience_s=limits.acknowledged_s,
        security=security_of(settings),
        breaker=breaker,
    )
    budget = Budget(limits.under_way_bytes)
    return Intake(
        outlet=outlet,
        budget=budget,
        limits=limits,
        table=table_with(settings.event_topics),
        events=EventDecoder(book.exchange, book.oldest_event),
        metrics=IngestMetrics(lambda: outlet.up, lambda: budget.taken),
    )
