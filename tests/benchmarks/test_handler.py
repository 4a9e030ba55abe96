"""The handler alone: measured in this process, and in turns with another checkout."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contestants.handler_alone import Measured, Spec, measure
from benchmarks.environment.stage import ROOT
from benchmarks.loads.kind import Kind, Size
from benchmarks.parts.handler import Options, _describe, importable, run, table

SIZE = Size(events=400, customers=20, known_customers=60)


@pytest.mark.parametrize("kind", Kind)
def test_the_handler_takes_each_load(kind: Kind, tmp_path: Path) -> None:
    found = measure(Spec(kind, SIZE, 150, str(tmp_path)))
    assert found.us_per_event > 0
    assert found.rows == (60 if kind is Kind.MIX else 20)
    assert found.outputs_per_event > 0


def test_about_one_output_for_twenty_events_comes_out_of_the_mix(tmp_path: Path) -> None:
    size = Size(events=1_500, customers=1, known_customers=750)
    found = measure(Spec(Kind.MIX, size, 500, str(tmp_path)))
    assert 1 / 25 < found.outputs_per_event < 1 / 12


def test_python_imports_the_product_of_another_checkout_and_our_benchmarks(tmp_path: Path) -> None:
    for package in ("schemas", "topology", "services"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("WHERE = 'the other'\n", encoding="utf-8")
    code = "import topology, benchmarks; print(topology.WHERE, *benchmarks.__path__)"
    with importable(tmp_path) as folder:
        output = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        where = output.stdout.removeprefix("the other ").strip()
        assert Path(where).resolve() == ROOT / "benchmarks"


async def test_two_checkouts_are_measured_in_turns() -> None:
    size = Size(events=200, customers=10, known_customers=10)
    report = await run(Options((Kind.LIVE,), size, 100, 1, ROOT))
    checkouts = report["checkouts"]
    assert isinstance(checkouts, dict)
    assert list(checkouts) == ["this checkout", "the other"]
    assert [len(each["live"]["runs"]) for each in checkouts.values()] == [1, 1]
    assert "live: the other takes x" in table(report)


def test_the_table_shows_medians() -> None:
    runs = [Measured(us, 0.05, 900, 10, 0.1, 0.0) for us in (10.0, 40.0, 20.0)]
    ours = _describe({Kind.MIX: runs})
    others = _describe({Kind.MIX: [Measured(30.0, 0.05, 900, 10, 0.1, 0.0)]})
    text = table({"checkouts": {"this checkout": ours, "the other": others}})
    assert text.splitlines()[1].split() == ["mix,", "this", "checkout", "20.0", "0.050", "10%"]
    assert text.splitlines()[-1] == "  mix: the other takes x 1.5"
