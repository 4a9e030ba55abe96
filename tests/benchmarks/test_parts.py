"""Every part of the benchmark has what the others have."""

import ast
from pathlib import Path
from typing import Final

from benchmarks.__main__ import PARTS, QUICK
from benchmarks.environment.stage import ROOT

PLOTS: Final = ROOT / "benchmarks/reporting/plot.py"


def plots(file: Path) -> set[str]:
    """The parts that are drawn, from the source: only the benchmark's environment can draw."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PLOTS":
            assert isinstance(node.value, ast.Dict)
            return {ast.literal_eval(key) for key in node.value.keys if key is not None}
    raise AssertionError("there are no plots")


def test_every_part_has_a_plot_and_a_quick_form() -> None:
    assert set(PARTS) == set(QUICK) == plots(PLOTS)
