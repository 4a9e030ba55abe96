"""Metrics of the webhooks of connected shops.

stammkunde_connect_webhooks_total{source,outcome}    `outcome` is one of `services.connect.mapped`;
                                                     `source` is kind and name, or `unknown`
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, generate_latest

from services.connect.mapped import Outcome
from services.connect.sources import Source

UNKNOWN: Final = "unknown"


class ConnectMetrics:
    """The counts of this process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._webhooks = Counter(
            "stammkunde_connect_webhooks",
            "Webhooks of connected shops.",
            ["source", "outcome"],
            registry=self._registry,
        )

    def count(self, source: Source | None, outcome: Outcome) -> None:
        """Count a webhook; None stands for a source that does not exist."""
        self._webhooks.labels(UNKNOWN if source is None else source.key, outcome).inc()

    def to_text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
