"""What a worker counts, and who can see it."""

from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

import topology
from schemas import topics
from schemas.dead_letter import REASON
from services.platform.metrics import MetricsPortTakenError, serving_metrics
from services.tools.local_stack.ports import free_port
from services.worker.metrics import WorkerMetrics
from tests.services.worker.at_work import AtWork
from tests.topology.agents.records import NOW, batch_time, records
from tests.topology.domain.life import BOOK
from tests.topology.domain.messages import day, order
from tests.waits import LONGEST_WAIT_S
from topology.agents.journey import Journey
from topology.batching.handler import Output

Samples = dict[tuple[str, str], float]


def read(port: int) -> Samples:
    """Each sample of the stammkunde worker: its name and its label's value, if it has one."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LONGEST_WAIT_S) as answer:
        text = answer.read().decode()
    return {
        (sample.name.removeprefix("stammkunde_worker_"), "".join(sample.labels.values())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_fields_that_were_passed_over_are_counted_by_their_path() -> None:
    """When the worker reads a message, and not for one that is in the contract's form."""
    metrics, port = WorkerMetrics(), free_port()
    journey = Journey(BOOK, 1, lambda: NOW, note=metrics.ignored.note)
    bad = order(day(1), "o2") | {"context": 7, "anonymousId": "undefined"}
    batch = records([order(day(0), "o1"), bad, bad | {"userId": None}])
    journey.on_records(0, {}, batch, batch_time())
    with serving_metrics(metrics.registry, "127.0.0.1", port):
        found = {key: each for key, each in read(port).items() if "ignored" in key[0]}
    assert found == {
        ("stammkunde_ignored_fields_total", "context"): 1,
        ("stammkunde_ignored_fields_total", "anonymousId"): 1,
    }


def test_what_is_committed_is_counted_by_what_it_is() -> None:
    """Records, and each output by its topic; a dead letter by its reason."""
    metrics, port = WorkerMetrics(), free_port()
    outputs = [
        Output(topics.TRANSITIONS, b"k", b"v"),
        Output(topics.TRANSITIONS, b"k", b"v"),
        Output(topics.TRIGGERS, b"k", b"v"),
        Output(topics.SHOP_EVENTS, b"k", b"v", (), 3),
        Output(topics.SUPPORT_EVENTS, b"k", b"v", (), 3),
        Output(topics.JOINS, b"k", b"v", (), 1),
        Output(topics.DEAD_LETTERS, b"k", b"v", ((REASON, b"not_json"),)),
        Output(topics.DEAD_LETTERS, b"k", b"v", ((REASON, b"no_profile"),)),
        Output(topics.DEAD_LETTERS, b"k", b"v", ((REASON, b"not_json"),)),
    ]
    metrics.committed(0, 5, outputs)
    metrics.committed(1, 7, [])
    metrics.dropped(0, 4)
    metrics.failed(1)
    metrics.fenced(1)
    metrics.restored(1, 10, 2.5)
    metrics.watch([AtWork(1, 3, 9), AtWork(2, 4, None)], lambda: {7: 31.5})
    with serving_metrics(metrics.registry, "127.0.0.1", port):
        assert read(port) == {
            ("records_total", ""): 12,
            ("forwarded_total", ""): 2,
            ("joins_total", ""): 1,
            ("dead_letters_total", "not_json"): 2,
            ("dead_letters_total", "no_profile"): 1,
            ("erased_events_total", ""): 4,
            ("transitions_total", ""): 2,
            ("triggers_total", ""): 1,
            ("transactions_total", "committed"): 2,
            ("transactions_total", "failed"): 1,
            ("fencings_total", ""): 1,
            ("partitions", ""): 2,
            ("compiled", ""): int(topology.IS_COMPILED),
            ("lag_records", "1"): 9,
            ("rows", "1"): 3,
            ("rows", "2"): 4,
            ("timer_delay_seconds", "1"): 1.5,
            ("timer_delay_seconds", "2"): 1.5,
            ("clock_held_up_seconds", "7"): 31.5,
            ("restore_seconds", "1"): 2.5,
            ("policy_since_seconds", "1d56c8c8b3d8e"): 0,
            ("policy_since_seconds", "2d56c8c8b3d8e"): 0,
            ("unusable_policies", ""): 0,
        }


def test_the_port_is_free_again_afterwards() -> None:
    """A worker that is started again needs it."""
    port = free_port()
    for _ in range(2):
        with serving_metrics(CollectorRegistry(), "127.0.0.1", port):
            read(port)
    with pytest.raises(URLError):
        read(port)


def test_a_port_that_is_taken_is_reported_in_a_sentence() -> None:
    """It names the setting, and what would help."""
    port = free_port()
    with (
        serving_metrics(CollectorRegistry(), "127.0.0.1", port),
        pytest.raises(MetricsPortTakenError, match=f"port {port} .*STAMMKUNDE_METRICS_PORT"),
        serving_metrics(CollectorRegistry(), "127.0.0.1", port),
    ):
        pass


def test_without_a_port_nothing_is_served() -> None:
    """That is the default."""
    with serving_metrics(CollectorRegistry(), "127.0.0.1", None):
        pass
