"""What the roles export, read from what they would serve."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from schemas import topics
from schemas.dead_letter import REASON
from services.api.metrics import Metrics, ModelFigures, lag_text
from services.archive.file_name import Partition
from services.archive.metrics import ArchiveMetrics
from services.ingest.metrics import IngestMetrics
from services.platform.kafka.worker_lag import PartitionLag
from services.read_model.projector_status import ProjectorStatus, Report
from services.webhooks.clock import WallClock
from services.webhooks.metrics import DeliveryMetrics
from services.webhooks.partition_queue import AttemptResult
from services.worker.metrics import WorkerMetrics
from tests.services.worker.at_work import AtWork
from topology.batching.handler import Output

Exported = dict[str, set[str]]


def exported() -> Exported:
    """The labels of each metric that a role exports once it has something to tell."""
    return _labels_of([_worker(), _api(), _ingest(), _delivery(), _archive()])


def _labels_of(texts: Iterable[bytes]) -> Exported:
    found: Exported = {}
    for text in texts:
        for family in text_string_to_metric_families(text.decode()):
            assert family.samples, f"{family.name} is not exercised here"
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _worker() -> bytes:
    metrics = WorkerMetrics()
    metrics.committed(0, 1, [Output(topics.DEAD_LETTERS, b"k", b"v", ((REASON, b"not_json"),))])
    metrics.restored(0, 1, 1.0)
    metrics.ignored.count(["properties.coupon"])
    metrics.watch([AtWork(0, 1, 1)], lambda: {1: 0.0})
    return _text(metrics.registry)


def _api() -> bytes:
    metrics = Metrics()
    metrics.count_request("/v1/segments", "GET", 200, 0.1)
    metrics.listeners.labels("triggers").set(1)
    metrics.breaker_of("redis")(True)  # noqa: FBT003 - as the breaker calls it
    status = ProjectorStatus(built=True, report=Report(lag=0, behind_s=0.0), skipped=0)
    figures = ModelFigures({"loyal": 1}, {"win-back": 1}, 1.0, status, 1)
    lag = lag_text([PartitionLag(0, 1, 0.0, 1.0)])
    return figures.to_text() + metrics.to_text() + lag


def _ingest() -> bytes:
    metrics = IngestMetrics(lambda: True, lambda: 0)
    metrics.count(accepted=1)
    metrics.fields.count(["properties.coupon"])
    return metrics.to_text()


class QueueBacklog:
    """The backlog of one queue of delivery."""

    subscription_id = "s-1"
    open = 1
    oldest_ms = 0


def _delivery() -> bytes:
    metrics = DeliveryMetrics(WallClock())
    for result in AttemptResult:
        metrics.record("s-1", result)
    metrics.record_fault("s-1")
    metrics.watch([[QueueBacklog()]])
    return _text(metrics.registry)


def _archive() -> bytes:
    metrics = ArchiveMetrics()
    metrics.records.labels(topics.SHOP_EVENTS).inc()
    metrics.count_lost(Partition(topics.SHOP_EVENTS, 0), range(1))
    return _text(metrics.registry)


def _text(registry: CollectorRegistry) -> bytes:
    return generate_latest(registry)
