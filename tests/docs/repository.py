"""The repository as the tests of the documents see it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("schemas", "topology", "services", "benchmarks", "examples", "tests")
"""The folders with Python of ours."""


def documents() -> Iterator[Path]:
    """Every document for people: Markdown that we write ourselves."""
    yield ROOT / "README.md"
    yield ROOT / "CHANGELOG.md"
    yield ROOT / "benchmarks" / "README.md"
    yield ROOT / "deploy" / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def name_of(path: Path) -> str:
    """The path as a person would type it."""
    return path.relative_to(ROOT).as_posix()
