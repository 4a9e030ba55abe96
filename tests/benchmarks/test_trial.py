"""A trial measured without Kafka: each side in a process of its own, over the same records."""

from pathlib import Path
from typing import Any

from benchmarks.contestants.side_alone import Spec, measure, write_records
from benchmarks.environment.stage import ROOT
from benchmarks.loads.mix.stream import live_records
from benchmarks.parts.trial import Options, run, table

EVENTS, CUSTOMERS = 400, 60


def test_a_side_takes_all_records_and_says_so_once(tmp_path: Path) -> None:
    records = tmp_path / "records"
    write_records(live_records(EVENTS, CUSTOMERS), records)
    found = measure(Spec(str(ROOT / "schemas/policy/default.yaml"), str(records)))
    assert found.records == EVENTS
    assert 0 < found.customers <= CUSTOMERS
    assert found.cpu_us_per_event > 0


async def test_both_policies_are_measured_at_once() -> None:
    report = await run(Options(EVENTS, CUSTOMERS, 1))
    runs: Any = report["runs"]
    [both] = runs
    old, new = both["sides"]
    assert old["records"] == new["records"] == EVENTS
    assert both["memory_mb"] >= max(old["memory_at_most_mb"], new["memory_at_most_mb"])
    assert table(report).startswith("trial, 400 events of 60 customers")
