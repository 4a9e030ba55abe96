"""Reads docs/architecture.md: the picture, the table of rooms, and the stations of an event."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.docs.repository import CODE, ROOT

PAGE: Final = ROOT / "docs" / "architecture.md"
_NODE: Final = re.compile(r'(\w+)\["([\w/.]+)"\]')
_EDGES: Final = re.compile(r"(\w+) --> (\w+(?: & \w+)*)")
_ROW: Final = re.compile(r"^\| `([\w/.]+)` \| .+ \|$", re.MULTILINE)
_STATION: Final = re.compile(r"^\d+\. `([\w.]+)` in `([\w/]+\.py)` ", re.MULTILINE)


def _package(path: str) -> str:
    """The name by which Python imports a path: `services/api` is `services.api`."""
    return path.removesuffix(".py").replace("/", ".")


@dataclass(frozen=True, slots=True)
class Picture:
    """Rooms, as packages or modules of Python, and who imports whom."""

    rooms: frozenset[str]
    edges: frozenset[tuple[str, str]]

    def reached_from(self, room: str) -> frozenset[str]:
        """Return the rooms at the end of a path of arrows."""
        found, ahead = set[str](), [room]
        while ahead:
            here = ahead.pop()
            new = {end for start, end in self.edges if start == here} - found
            found |= new
            ahead += new
        return frozenset(found)


def within(module: str, rooms: Collection[str]) -> str | None:
    """Return which of the rooms a module is or lives in; None if it is outside of all."""
    parts = module.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((name for name in names if name in rooms), None)


def read_picture(page: str) -> Picture:
    """Read the Mermaid of a page. Fail at a line that is neither a room nor arrows."""
    [mermaid] = re.findall(r"^```mermaid\nflowchart TB\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    rooms, edges = dict[str, str](), set[tuple[str, str]]()
    for line in filter(None, map(str.strip, mermaid.splitlines())):
        if node := _NODE.fullmatch(line):
            rooms[node[1]] = _package(node[2])
        elif arrows := _EDGES.fullmatch(line):
            edges |= {(rooms[arrows[1]], rooms[end]) for end in arrows[2].split(" & ")}
        else:
            message = f"the picture has a line that this test can't read: {line}"
            raise AssertionError(message)
    return Picture(frozenset(rooms.values()), frozenset(edges))


def rooms_of_table(page: str) -> Sequence[str]:
    """Return the rooms of the table below the picture, in its order."""
    [section] = re.findall(r"^\| room \|.*?\n\n", page, re.DOTALL | re.MULTILINE)
    return [_package(path) for path in _ROW.findall(section)]


@dataclass(frozen=True, slots=True)
class Station:
    """A function, or a method with its class, and the file that the page says it is in."""

    function: str
    file: str

    def fault(self) -> str | None:
        """Say what is wrong with the station, and where the function is now."""
        if (ROOT / self.file).is_file() and self.function in _functions_in(self.file):
            return None
        elsewhere = sorted(name for name in _files() if self.function in _functions_in(name))
        hint = f"it is in {', '.join(elsewhere)}" if elsewhere else "it is nowhere"
        return f"`{self.function}` is not in {self.file}: {hint}"


def ways(page: str) -> Sequence[Sequence[Station]]:
    """Return the stations of each numbered list: the way to the webhook, then the one to the API.

    A numbered line that names no function as a station does counts as a fault.
    """
    [section] = re.findall(r"^## The way of an event\n(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    lists = [part for part in section.split("\n\n") if re.match(r"1\. ", part)]
    found = [[Station(*station) for station in _STATION.findall(part)] for part in lists]
    for part, stations in zip(lists, found, strict=True):
        assert len(re.findall(r"^\d+\. ", part, re.MULTILINE)) == len(stations), (
            f"each station begins with `function` in `file.py`:\n{part}"
        )
    return found


def mentions(page: str) -> Sequence[str]:
    """Return each `function` that the page says is in a `file.py`, the stations among them."""
    found = re.findall(r"`([\w.]+)` in `([\w/]+\.py)`", page)
    return [fault for each in found if (fault := Station(*each).fault())]


def _files() -> Iterator[str]:
    for folder in CODE[:3]:
        yield from (file.relative_to(ROOT).as_posix() for file in (ROOT / folder).rglob("*.py"))


def _functions_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(_names(tree, ""))


def _names(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + child.name
        if isinstance(child, ast.ClassDef):
            yield from _names(child, f"{child.name}.")


def layers(contract: Mapping[str, Any]) -> Sequence[frozenset[str]]:
    """Return the layers of a contract of import-linter, from above to below, in full names."""
    prefixes = [f"{container}." for container in contract.get("containers", [])] or [""]
    return [
        frozenset(
            prefix + name.strip(" ()") for name in re.split(r"[|:]", line) for prefix in prefixes
        )
        for line in contract["layers"]
    ]
