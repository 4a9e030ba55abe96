"""The table that the README shows is that of the results that lie beside it."""

import json
from pathlib import Path

from benchmarks.environment.stage import ROOT
from benchmarks.reporting.report import FOLDER, command
from benchmarks.reporting.summary import BEGIN, END, markdown, put_into


def test_the_readme_shows_the_results_that_are_there() -> None:
    """If not: `make bench ARGS=summary` writes them again."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{BEGIN}\n{markdown(FOLDER)}\n{END}" in readme


def test_every_result_has_its_plot() -> None:
    results = {file.stem for file in FOLDER.glob("*.json")}
    assert results == {file.stem for file in FOLDER.glob("*.svg")}


def test_a_table_is_put_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put_into(file, "| new |")
    assert file.read_text(encoding="utf-8") == f"before\n{BEGIN}\n| new |\n{END}\nafter\n"


def test_a_command_is_shown_as_it_is_typed() -> None:
    assert command([]) == "make bench"
    assert command(["latency", "--runs", "1"]) == 'make bench ARGS="latency --runs 1"'


def test_the_mix_is_the_headline_and_live_is_named_the_worst_case(tmp_path: Path) -> None:
    worker = {"events_per_second": 20_000, "cpu_seconds_per_million": 45.0}
    contestants = {"worker": {**worker, "other_load": 0.0, "stolen": 0.0}}
    load = {"contestants": contestants, "worker_compared": {}}
    report = {"loads": {"live": load, "backfill": load, "mix": load}}
    (tmp_path / "throughput.json").write_text(json.dumps(report), encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in markdown(tmp_path).splitlines()[2:]]
    assert rows[0].startswith("One worker, a real shop")
    assert rows[2].startswith("One worker, the worst case")
    assert rows[4].startswith("One worker, a backfill")
