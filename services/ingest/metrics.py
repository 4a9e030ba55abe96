"""Metrics of the messages that are sent in.

stammkunde_ingest_messages_total{outcome}    accepted, ignored, rejected: as the answer says
stammkunde_ingest_kafka_up                   1 if Kafka acknowledges
stammkunde_ingest_under_way_bytes            of requests that are being read or wait for Kafka
stammkunde_ignored_fields_total{field}       see `services.platform.metrics`
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from services.platform.metrics import IgnoredFields


class IngestMetrics:
    """The counts of this process, in a registry of their own."""

    def __init__(self, up: Callable[[], bool], under_way: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._messages = Counter(
            "stammkunde_ingest_messages",
            "Messages that were sent in.",
            ["outcome"],
            registry=self._registry,
        )
        self.fields = IgnoredFields(self._registry)
        Gauge(
            "stammkunde_ingest_kafka_up", "1 if Kafka acknowledges.", registry=self._registry
        ).set_function(lambda: float(up()))
        Gauge(
            "stammkunde_ingest_under_way_bytes", "Bytes under way.", registry=self._registry
        ).set_function(under_way)

    def count(self, *, accepted: int = 0, ignored: int = 0, rejected: int = 0) -> None:
        """Count messages."""
        for outcome, count in (
            ("accepted", accepted),
            ("ignored", ignored),
            ("rejected", rejected),
        ):
            self._messages.labels(outcome).inc(count)

    def to_text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
