"""How the code is written, where a mistake would pass every type check."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("topology", "services")

MOST_LINES = 300

MOST_BY_PLACE = 5
"""Fields that a constructor is given by their place alone: of more, two are easily swapped."""

OF_ANY_LENGTH = {"Schema", "CompactArray"}
"""aiokafka's descriptions of the wire: their arguments are a list, and no fields."""


def _calls(path: Path) -> Iterator[ast.Call]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return (node for node in nodes if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


@pytest.mark.parametrize("room", ROOMS)
def test_a_constructor_of_many_fields_names_them(room: str) -> None:
    """Of two fields of one type, a swap would type-check."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {_name(call)}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for call in _calls(path)
        if len(call.args) > MOST_BY_PLACE
        and _name(call)[:1].isupper()
        and _name(call) not in OF_ANY_LENGTH
    ]
    assert not found


def test_the_domain_takes_no_record_for_a_struct() -> None:
    """In the compiled form it is none: only the module `record` knows what it is."""
    domain = ROOT / "topology" / "domain"
    own = domain / "history" / "record.py"
    found = [
        path.name
        for path in sorted(domain.rglob("*.py"))
        if path != own
        and any(each in path.read_text(encoding="utf-8") for each in ("__struct_", ".structs"))
    ]
    assert not found


def test_nobody_changes_a_frozen_struct() -> None:
    """A copy with other fields is as quick (`msgspec.structs.replace`)."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for call in _calls(path)
        if _name(call) == "force_setattr"
    ]
    assert not found


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    """Longer ones do more than one thing. Generated ones are not read."""
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for room in (*ROOMS, "schemas", "native", "benchmarks", "tests", "examples")
        for path in sorted((ROOT / room).rglob("*.py"))
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    assert not long


def test_only_the_worker_loads_faust() -> None:
    """It takes a fifth of a second, and every role and command would."""
    roles = ("projector", "api", "webhooks", "archive", "tools.cli.policy_history")
    imports = ", ".join(f"services.{each}{'' if '.' in each else '.run'}" for each in roles)
    code = f"import sys, {imports}; sys.exit('faust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
