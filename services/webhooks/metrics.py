"""The metrics of delivery for Prometheus. `subscription` is the subscription's id.

stammkunde_delivery_delivered_total{subscription}        triggers that the endpoint has accepted
stammkunde_delivery_failed_total{subscription}           triggers exhausted after a day
stammkunde_delivery_retried_total{subscription}          attempts that failed and are repeated
stammkunde_delivery_erased_total{subscription}           triggers not sent, since their customer
                                                         was erased
stammkunde_delivery_faults_total{subscription}           how often a fault of our own has stopped
                                                         one of its queues; without a subscription:
                                                         a whole partition
stammkunde_delivery_open{subscription}                   triggers read and not delivered yet
stammkunde_delivery_backlog_age_seconds{subscription}    age of the oldest of them, since Kafka
                                                         took it; 0 if there is none
stammkunde_delivery_partitions                           partitions of the triggers at work
"""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.webhooks.clock import Clock
from services.webhooks.partition_queue import AttemptResult

_NAME: Final = "stammkunde_delivery_"


class Backlog(Protocol):
    """The backlog of one queue."""

    @property
    def subscription_id(self) -> str:
        """The id of the subscription."""

    @property
    def open(self) -> int:
        """How many triggers are open."""

    @property
    def oldest_ms(self) -> int | None:
        """When Kafka took the oldest of them, in milliseconds; None if there is none."""


class DeliveryMetrics:
    """The metrics of one process, in a registry of its own."""

    def __init__(self, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._counters = {
            AttemptResult.DELIVERED: self._counter("delivered", "Triggers delivered."),
            AttemptResult.EXHAUSTED: self._counter("failed", "Triggers exhausted after a day."),
            AttemptResult.RETRIED: self._counter(
                "retried", "Attempts that failed and are repeated."
            ),
            AttemptResult.ERASED: self._counter("erased", "Triggers of customers who were erased."),
        }
        self._faults = self._counter(
            "faults", "Faults of our own that stopped a queue or a partition."
        )
        self._queues = _QueueCollector(clock)
        self.registry.register(self._queues)

    def record(self, subscription_id: str, result: AttemptResult, count: int = 1) -> None:
        """Count the result of an attempt, or of `count` triggers."""
        counter = self._counters.get(result)
        if counter is not None:
            counter.labels(subscription_id).inc(count)

    def record_fault(self, subscription_id: str = "") -> None:
        """Count a fault of our own, in a queue of this subscription or in a whole partition."""
        self._faults.labels(subscription_id).inc()

    def watch(self, partitions: Iterable[Iterable[Backlog]]) -> None:
        """Read the queues of these partitions at each scrape."""
        self._queues.watched = partitions

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"{_NAME}{name}", text, ["subscription"], registry=self.registry)


class _QueueCollector(Collector):
    """The figures of all queues at the time of a scrape, summed for each subscription."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.watched: Iterable[Iterable[Backlog]] = ()

    def collect(self) -> Iterator[Metric]:
        now_ms = self._clock.now().timestamp() * 1000
        partitions = [list(queues) for queues in list(self.watched)]
        open_: dict[str, int] = {}
        ages: dict[str, float] = {}
        for queue in (queue for queues in partitions for queue in queues):
            whose, oldest = queue.subscription_id, queue.oldest_ms
            age = 0.0 if oldest is None else max(0.0, (now_ms - oldest) / 1000)
            open_[whose] = open_.get(whose, 0) + queue.open
            ages[whose] = max(ages.get(whose, 0.0), age)
        yield GaugeMetricFamily(f"{_NAME}partitions", "Partitions at work.", len(partitions))
        yield _family("open", "Triggers read and not yet delivered.", open_)
        yield _family("backlog_age_seconds", "Age of the oldest of them.", ages)


def _family(name: str, text: str, values: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{_NAME}{name}", text, labels=["subscription"])
    for whose, value in values.items():
        family.add_metric([whose], value)
    return family
