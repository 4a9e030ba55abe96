"""The table that the README shows is that of the results that lie beside it."""

from pathlib import Path

from benchmarks.environment.stage import ROOT
from benchmarks.reporting.report import FOLDER, command
from benchmarks.reporting.summary import BEGIN, END, markdown, put_into


def test_the_readme_shows_the_results_that_are_there() -> None:
    """If not: `make bench ARGS=summary` writes them anew."""
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
