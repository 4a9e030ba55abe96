"""The tables that the READMEs show are those of the results that are there."""

import json
from pathlib import Path

from benchmarks.environment.stage import ROOT
from benchmarks.reporting.report import FOLDER, command
from benchmarks.reporting.summary import BEGIN, END, everything, headlines, put_into


def table_in(readme: str) -> str:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return text.partition(f"{BEGIN}\n")[2].partition(f"\n{END}")[0]


def test_the_readmes_show_the_results_that_are_there() -> None:
    """If not: `make bench ARGS=summary` writes them again."""
    assert table_in("README.md") == headlines(FOLDER)
    assert table_in("benchmarks/README.md") == everything(FOLDER)


def test_the_first_page_has_ten_lines_at_most_all_of_them_from_the_whole_table() -> None:
    shown, whole = headlines(FOLDER).splitlines(), everything(FOLDER).splitlines()
    assert 2 < len(shown) <= 2 + 10
    assert [line for line in whole if line in shown] == shown


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
    rows = [line.split("|")[1].strip() for line in everything(tmp_path).splitlines()[2:]]
    assert rows[0].startswith("One worker, a real shop")
    assert rows[2].startswith("One worker, the worst case")
    assert rows[4].startswith("One worker, a backfill")
