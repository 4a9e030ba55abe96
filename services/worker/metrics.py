"""The Prometheus metrics of a worker.

stammkunde_worker_records_total              source records taken in, by committed transactions
stammkunde_worker_forwarded_total            records handed on to their profile's partition
stammkunde_worker_dead_letters_total{reason} records that could not be taken
stammkunde_worker_erased_events_total        records of erased customers, left out
stammkunde_worker_transitions_total          transitions written
stammkunde_worker_triggers_total             triggers written
stammkunde_worker_transactions_total{outcome}  committed or failed
stammkunde_worker_fencings_total             partitions that another worker has taken over
stammkunde_worker_partitions                 partitions at work
stammkunde_worker_lag_records{partition}     offsets between what is committed and the sources' ends
stammkunde_worker_rows{partition}            rows in memory
stammkunde_worker_timer_delay_seconds{partition}  now less the instant of the row that has been due
                                             for the longest
stammkunde_worker_clock_held_up_seconds{partition}  how long a partition, of any worker, has been
                                             holding up the clock of this worker's partitions
stammkunde_worker_restore_seconds{partition} how long the last restore took, fencing included
stammkunde_worker_policy_since_seconds{partition,version}  the instant of the clock from which the
                                             partition's policy is in force; 0: it always was
stammkunde_worker_unusable_policies          later published policies that can't be used
stammkunde_worker_compiled                   1 if the domain runs compiled, else 0
stammkunde_ignored_fields_total{field}       see `ignored_fields`
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas import topics
from schemas.dead_letter import REASON
from services.platform.metrics import IgnoredFields
from topology import IS_COMPILED
from topology.batching.handler import Output
from topology.batching.partition import Partition

_NAME: Final = "stammkunde_worker_"
_TOPIC: Final = attrgetter("topic")


class WorkerMetrics:
    """The metrics of one worker, in their own registry. It is a `Meter`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._records = self._counter("records", "Source records taken in.")
        self._forwarded = self._counter("forwarded", "Records handed on to their partition.")
        self._joins = self._counter("joins", "Records that rows of one person sent each other.")
        self._dead_letters = self._counter("dead_letters", "Records not taken.", "reason")
        self._erased = self._counter("erased_events", "Records of erased customers, left out.")
        self._transitions = self._counter("transitions", "Transitions written.")
        self._triggers = self._counter("triggers", "Triggers written.")
        self._transactions = self._counter("transactions", "Transactions.", "outcome")
        self._fencings = self._counter("fencings", "Partitions that another worker took over.")
        self._restores = Gauge(
            f"{_NAME}restore_seconds",
            "How long the last restore took.",
            ["partition"],
            registry=self.registry,
        )
        compiled = Gauge(
            f"{_NAME}compiled", "Whether the domain runs compiled.", registry=self.registry
        )
        compiled.set(IS_COMPILED)
        self.ignored = IgnoredFields(self.registry)
        self._partitions = _Partitions()
        self.registry.register(self._partitions)

    def committed(self, partition: int, records: int, outputs: Sequence[Output]) -> None:  # noqa: ARG002 - as a Meter has it
        """Count a committed transaction, its source records and its outputs."""
        self._transactions.labels("committed").inc()
        self._records.inc(records)
        written = Tally(map(_TOPIC, outputs))
        self._transitions.inc(written[topics.TRANSITIONS])
        self._triggers.inc(written[topics.TRIGGERS])
        self._forwarded.inc(sum(written[source] for source in topics.SOURCES))
        self._joins.inc(written[topics.JOINS])
        if written[topics.DEAD_LETTERS]:
            for reason, number in Tally(_reasons(outputs)).items():
                self._dead_letters.labels(reason).inc(number)

    def dropped(self, partition: int, records: int) -> None:  # noqa: ARG002 - as a Meter has it
        """Count records of erased customers."""
        self._erased.inc(records)

    def failed(self, partition: int) -> None:  # noqa: ARG002 - as a Meter has it
        """Count a failed transaction."""
        self._transactions.labels("failed").inc()

    def fenced(self, partition: int) -> None:  # noqa: ARG002 - as a Meter has it
        """Count a partition that another worker took over."""
        self._fencings.inc()

    def restored(self, partition: int, rows: int, seconds: float) -> None:  # noqa: ARG002 - as a Meter has it
        """Record how long the restore of a partition took."""
        self._restores.labels(str(partition)).set(seconds)

    def watch(
        self,
        partitions: Iterable[Partition],
        held_up: Callable[[], Mapping[int, float]] = dict,
    ) -> None:
        """Read these partitions, and who holds up the clock, at each scrape."""
        self._partitions.watched = partitions
        self._partitions.held_up = held_up

    def watch_policies(self, unusable: Callable[[], int]) -> None:
        """Read at each scrape how many published policies can't be used."""
        self._partitions.unusable = unusable

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_NAME}{name}", text, labels, registry=self.registry)


def _reasons(outputs: Iterable[Output]) -> Iterator[str]:
    for output in outputs:
        if output.topic == topics.DEAD_LETTERS:
            yield (dict(output.headers).get(REASON) or b"").decode()


class _Partitions(Collector):
    """The figures of the partitions at the time of the scrape."""

    def __init__(self) -> None:
        self.watched: Iterable[Partition] = ()
        self.held_up: Callable[[], Mapping[int, float]] = dict
        self.unusable: Callable[[], int] = int

    def collect(self) -> Iterator[Metric]:
        mine = [one for one in self.watched if one.is_ready]
        yield GaugeMetricFamily(f"{_NAME}partitions", "Partitions at work.", len(mine))
        lag = self._family("lag_records", "Offsets to the sources' ends.")
        rows = self._family("rows", "Rows in memory.")
        delay = self._family("timer_delay_seconds", "Age of the row due for the longest.")
        policy = self._family("policy_since_seconds", "When its policy came in force.", "version")
        for one in mine:
            since = one.in_force.since / 1_000_000
            policy.add_metric([str(one.number), one.in_force.version], since)
            label = [str(one.number)]
            rows.add_metric(label, len(one.rows))
            delay.add_metric(label, one.timer_delay)
            if one.lag is not None:
                lag.add_metric(label, one.lag)
        held_up = self._family("clock_held_up_seconds", "How long a partition holds up the clock.")
        for number, seconds in self.held_up().items():
            held_up.add_metric([str(number)], seconds)
        yield from (lag, rows, delay, held_up, policy)
        text = "Published policies that this worker can't use."
        yield GaugeMetricFamily(f"{_NAME}unusable_policies", text, self.unusable())

    def _family(self, name: str, text: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"{_NAME}{name}", text, labels=["partition", *labels])
