"""What the races come to: medians, and how the worker compares."""

from benchmarks.contestants.catalogue import CONTESTANTS, Name
from benchmarks.contestants.race import Result
from benchmarks.parts.throughput import _describe, table


def result(rate: int, cpu: float, other: float = 0.0) -> Result:
    return Result(rate, cpu, 1.0, other, 0.0, 1_000_000, 1_000_000 / rate)


RESULTS = {
    Name.BARE: [result(100_000, 8)],
    Name.WORKER: [result(50_000, 20, 0.5), result(70_000, 14), result(60_000, 16, 0.1)],
    Name.FAUST: [result(3_000, 400)],
}


def test_a_contestant_is_measured_by_its_median() -> None:
    worker = _describe(RESULTS)["contestants"]["worker"]
    assert worker["events_per_second"] == 60_000
    assert worker["cpu_seconds_per_million"] == 16
    assert worker["other_load"] == 0.1
    assert [run["events_per_second"] for run in worker["runs"]] == [50_000, 70_000, 60_000]


def test_the_worker_is_compared_with_each_of_the_others() -> None:
    assert _describe(RESULTS)["worker_compared"] == {
        "bare": {"times_as_fast": 0.6, "times_less_cpu": 0.5},
        "faust": {"times_as_fast": 20, "times_less_cpu": 25},
    }


def test_without_the_worker_there_is_nothing_to_compare() -> None:
    assert _describe({Name.BARE: RESULTS[Name.BARE]})["worker_compared"] == {}


def test_the_table_has_a_line_for_each_contestant_with_the_other_load() -> None:
    lines = table({"loads": {"live": _describe(RESULTS)}}).splitlines()
    worker = next(line for line in lines if CONTESTANTS[Name.WORKER].title in line)
    assert worker.split()[-4:] == ["60,000", "16", "10%", "0%"]
