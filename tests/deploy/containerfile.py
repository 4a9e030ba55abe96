"""Reads the Containerfile, and what its build is given, so that tests can do the same."""

import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CONTAINERFILE = ROOT / "deploy" / "image" / "Containerfile"
PREFIX = "/opt/stammkunde"


class Instruction(NamedTuple):
    """One instruction of a stage."""

    word: str
    rest: str


def stages() -> dict[str, list[Instruction]]:
    """The instructions of each stage by its name, from FROM on; what comes before has no name."""
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    found: dict[str, list[Instruction]] = {}
    name = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            name = rest.partition(" AS ")[2]
        found.setdefault(name, []).append(Instruction(word, rest))
    return found


def of(word: str, stage: list[Instruction]) -> list[str]:
    """What follows this word wherever the stage has it."""
    return [one.rest for one in stage if one.word == word]


def environment() -> dict[str, str]:
    """What the image sets in the environment."""
    pairs = (shlex.split(rest) for rest in of("ENV", stages()["runtime"]))
    return dict(pair.split("=", 1) for each in pairs for pair in each)


def copy_context(to: Path) -> None:
    """Copy what `.dockerignore` lets through, which must be a list of exceptions to nothing."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*", "everything is left out that is not named"
    ignored = shutil.ignore_patterns("__pycache__", "*.py[cod]")
    for rule in rules[1:]:
        if rule.startswith("**/"):
            continue
        source = ROOT / rule.removeprefix("!")
        if source.is_dir():
            shutil.copytree(source, to / source.relative_to(ROOT), ignore=ignored)
        else:
            shutil.copy(source, to)
