"""Classes: the records and dataclasses of a module, as its source names their fields."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

BASES: Final = ("Stored", "Record", "Draft")
"""What records derive from: see `topology.domain.history.record`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: its type and its default are source."""

    name: str
    type: ast.expr
    default: str | None


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A record. `base` is one of `BASES`."""

    name: str
    base: str
    fields: tuple[Field, ...]
    node: ast.ClassDef

    @property
    def names(self) -> tuple[str, ...]:
        """Those of its fields."""
        return tuple(each.name for each in self.fields)


Records = Mapping[str, RecordClass]
"""Records by their names."""

Copies = Mapping[tuple[str, ...], str]
"""The method of a keyword copy by the fields that it changes, in the order of the alphabet."""


def records_in(source: str) -> Iterator[RecordClass]:
    """The records that a module defines."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        base = next((ast.unparse(each) for each in node.bases if ast.unparse(each) in BASES), None)
        if base is not None:
            yield RecordClass(node.name, base, tuple(_fields(node)), node)


def dataclasses_in(source: str) -> Iterator[RecordClass]:
    """The dataclasses of a module that derive from another class.

    mypyc has dataclasses of its own, but not of these.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.bases and _is_dataclass(node):
            yield RecordClass(node.name, "dataclass", tuple(_fields(node)), node)


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).startswith("dataclass(") for each in node.decorator_list)


def _fields(node: ast.ClassDef) -> Iterator[Field]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            default = None if each.value is None else ast.unparse(each.value)
            yield Field(each.target.id, each.annotation, default)
