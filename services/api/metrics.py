"""Metrics of the API.

stammkunde_customers{segment}                customers in each segment
stammkunde_triggers{rule}                    triggers of each rule that are still kept
stammkunde_shared_ids                        ids with more orders within a day than one person
                                             makes: `stammkunde doctor` says which
stammkunde_unmatched_refunds                 customers with a refund of an order that is not among
                                             theirs: `unmatched_refunds` of the customer says which
stammkunde_read_model_up                     1 if Redis answers and the read model is built
stammkunde_read_model_age_seconds            the machine's time less the latest instant that
                                             every partition has reached; large in a replay
stammkunde_projector_up                      1 if the projector reported in the last seconds
stammkunde_projector_lag_records             records in Kafka that are not applied yet
stammkunde_projector_behind_seconds          age of the latest end of the topics it reached
stammkunde_projector_skipped_records         records that could not be read
stammkunde_projector_erased_on_disk          not 0: something was erased that may still be in Redis'
                                             files; it says how often
stammkunde_sources_up                        1 if Kafka answered of late how far the workers are
stammkunde_sources_lag_records{partition}    offsets from what they committed to the sources' ends
stammkunde_sources_still_seconds{partition}  for how long a partition has had work and not moved
stammkunde_dead_letters{reason,source}       records in journey.dead-letters.v1: of 30 days, or as
                                             long as its retention
stammkunde_dead_letters_up                   1 if all that is there has been counted
stammkunde_http_requests_total{route,method,status}
stammkunde_http_request_duration_seconds{route}
stammkunde_breaker_open{server}              1 while Redis or Kafka is silent, so that what needs
                                             it is answered with 503 at once: redis, kafka
stammkunde_breaker_opened_total{server}      how often that has begun
stammkunde_http_waiting                      long polls that wait at this moment
stammkunde_stream_listeners{stream}          listeners at this moment, of: triggers, customer
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from services.dead_letters.counts import CountLabels
from services.platform.kafka.worker_lag import PartitionLag
from services.read_model.projector_status import ProjectorStatus


class Metrics:
    """The counts of this process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "stammkunde_http_requests",
            "Requests.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "stammkunde_http_request_duration_seconds",
            "How long requests took, long polls included.",
            ["route"],
            registry=self._registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60),
        )
        self.waiting = Gauge(
            "stammkunde_http_waiting",
            "Long polls that wait at this moment.",
            registry=self._registry,
        )

        self.listeners = Gauge(
            "stammkunde_stream_listeners",
            "Who listens at this moment.",
            ["stream"],
            registry=self._registry,
        )

        self._breaker_open = Gauge(
            "stammkunde_breaker_open",
            "1 while the server is silent.",
            ["server"],
            registry=self._registry,
        )
        self._breaker_opened = Counter(
            "stammkunde_breaker_opened",
            "How often it became silent.",
            ["server"],
            registry=self._registry,
        )

    def breaker_of(self, server: str) -> Callable[[bool], None]:
        """Return the function to call when a server becomes silent, and when it is back."""
        gauge, counter = self._breaker_open.labels(server), self._breaker_opened.labels(server)

        def change(is_open: bool) -> None:  # noqa: FBT001 - the breaker passes its state
            gauge.set(is_open)
            counter.inc(is_open)

        return change

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request by the template of its route."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def to_text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """The figures of the read model at one moment. `age_s` is None if nothing has been seen."""

    segments: Mapping[str, int]
    triggers: Mapping[str, int]
    age_s: float | None
    status: ProjectorStatus
    shared_ids: int = 0
    unmatched_refunds: int = 0

    def to_text(self) -> bytes:
        """In Prometheus' text format."""
        registry = CollectorRegistry()
        _labelled(registry, "stammkunde_customers", "Customers.", "segment", self.segments)
        _labelled(registry, "stammkunde_triggers", "Triggers still kept.", "rule", self.triggers)
        _single(registry, "stammkunde_shared_ids", "Ids that gather strangers.", self.shared_ids)
        text = "Customers with refunds of orders that are not theirs."
        _single(registry, "stammkunde_unmatched_refunds", text, self.unmatched_refunds)
        _single(registry, "stammkunde_read_model_up", "1 if it can be read.", 1)
        if self.age_s is not None:
            _single(registry, "stammkunde_read_model_age_seconds", "Age of as_of.", self.age_s)
        _projector(registry, self.status)
        return generate_latest(registry)


def away_text() -> bytes:
    """The figures while the read model can't be read."""
    registry = CollectorRegistry()
    _single(registry, "stammkunde_read_model_up", "1 if it can be read.", 0)
    return generate_latest(registry)


def lag_text(partitions: Sequence[PartitionLag] | None) -> bytes:
    """How far the workers are behind the sources, in Prometheus' text format."""
    registry, name = CollectorRegistry(), "stammkunde_sources"
    _single(
        registry, f"{name}_up", "1 if Kafka says how far the workers are.", partitions is not None
    )
    lags = {str(each.partition): each.lag for each in partitions or ()}
    still = {str(each.partition): each.for_s for each in partitions or ()}
    _labelled(registry, f"{name}_lag_records", "Offsets left.", "partition", lags)
    _labelled(registry, f"{name}_still_seconds", "Work and no move.", "partition", still)
    return generate_latest(registry)


def dead_letters_text(counts: Mapping[CountLabels, int], *, current: bool) -> bytes:
    """How many dead letters there are, in Prometheus' text format."""
    registry, name = CollectorRegistry(), "stammkunde_dead_letters"
    _single(registry, f"{name}_up", "1 if all of them are counted.", current)
    gauge = Gauge(name, "Dead letters in Kafka.", [*CountLabels._fields], registry=registry)
    for kind, count in counts.items():
        gauge.labels(*kind).set(count)
    return generate_latest(registry)


def _projector(registry: CollectorRegistry, status: ProjectorStatus) -> None:
    report = status.report
    name = "stammkunde_projector"
    _single(registry, f"{name}_up", "1 if it reported of late.", 0 if report is None else 1)
    _single(registry, f"{name}_skipped_records", "Unreadable records.", status.skipped)
    _single(registry, f"{name}_erased_on_disk", "Removed, but in files.", status.on_disk)
    if report is not None:
        _single(registry, f"{name}_lag_records", "Records not applied yet.", report.lag)
        if report.behind_s is not None:
            _single(registry, f"{name}_behind_seconds", "Age of its end.", report.behind_s)


def _single(registry: CollectorRegistry, name: str, text: str, value: float) -> None:
    Gauge(name, text, registry=registry).set(value)


def _labelled(
    registry: CollectorRegistry, name: str, text: str, label: str, values: Mapping[str, float]
) -> None:
    gauge = Gauge(name, text, [label], registry=registry)
    for value, count in values.items():
        gauge.labels(value).set(count)
