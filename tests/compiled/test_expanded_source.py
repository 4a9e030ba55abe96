"""The source that is compiled: it is another text, and must be the same program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from native.build import NOT_COMPILED, ROOT, modules, write_source
from native.classes import records_in
from topology.compiled_form import PURE


def test_the_expanded_source_gives_the_same_row(tmp_path: Path) -> None:
    """Its classes read, change and write rows by themselves, and not by msgspec."""
    write_source(tmp_path)
    assert _printed_by(tmp_path, ROOT) == _printed_by(ROOT)


def _printed_by(*path: Path) -> str:
    """What `a_life` prints in a process of its own, with packages from there."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "tests.compiled.a_life"],
        env={**os.environ, PURE: "1", "PYTHONPATH": os.pathsep.join(map(str, path))},
        cwd=path[0],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("path", modules())
def test_a_record_is_native_where_it_is_compiled(path: str) -> None:
    """A Struct in a compiled module is slow, and loses its settings without a word."""
    source = (ROOT / path).read_text(encoding="utf-8")
    assert "import Struct" not in source.replace("from struct import Struct", "")
    for record in records_in(source):
        assert record.fields


def test_what_is_not_compiled_is_there() -> None:
    """A name in the list that nothing has any more would hide the module that comes after it."""
    for name in NOT_COMPILED:
        assert (ROOT / "topology/domain" / f"{name}.py").is_file()
