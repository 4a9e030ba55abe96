"""Rows: what MessagePack has of a record, and back, as expressions of Python."""

import ast
from typing import NamedTuple

from native.classes import Records


class _Part(NamedTuple):
    """The part of a field's type that MessagePack has in another form than Python."""

    record: str
    """The name of a record."""
    is_tuple: bool
    """True if there are many of them: `tuple[R, ...]`."""
    others: tuple[ast.expr, ...]
    """What else the value may be."""


def _part_of(annotation: ast.expr, records: Records) -> _Part | None:
    """The first part of a type that is a record, or a tuple of records."""
    members = _members(annotation)
    for member in members:
        inner = _inner(member)
        name = ast.unparse(inner or member)
        if name in records:
            others = tuple(each for each in members if each is not member)
            return _Part(name, inner is not None, others)
    return None


def _members(annotation: ast.expr) -> list[ast.expr]:
    """Those of a union, or the type itself."""
    if isinstance(annotation, ast.BinOp):
        return [*_members(annotation.left), *_members(annotation.right)]
    return [annotation]


def _inner(annotation: ast.expr) -> ast.expr | None:
    """The type R if the type is `tuple[R, ...]`."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "tuple":
        inner = annotation.slice
        if isinstance(inner, ast.Tuple):
            return inner.elts[0]
    return None


def _is_none(annotation: ast.expr) -> bool:
    return isinstance(annotation, ast.Constant) and annotation.value is None


def row_type(annotation: ast.expr, records: Records) -> str:
    """The type of what MessagePack has of a field's value."""
    return ast.unparse(annotation) if _part_of(annotation, records) is None else "Any"


def to_row(value: str, annotation: ast.expr, records: Records) -> str:
    """The expression that makes of a field's value what MessagePack has of it."""
    part = _part_of(annotation, records)
    if part is None:
        return value
    if part.is_tuple:
        return _made_of_tuple(f"tuple([each.as_row() for each in {value}])", value, part)
    row = f"{value}.as_row()"
    if not part.others:
        return row
    if all(map(_is_none, part.others)):
        return f"(None if {value} is None else {row})"
    return f"({row} if isinstance({value}, {part.record}) else {value})"


def of_row(value: str, annotation: ast.expr, records: Records) -> str:
    """The expression that makes a field's value of what MessagePack has of it."""
    part = _part_of(annotation, records)
    if part is None:
        return value
    if part.is_tuple:
        return _made_of_tuple(
            f"tuple([{part.record}.of_row(each) for each in {value}])", value, part
        )
    made = f"{part.record}.of_row({value})"
    return f"({made} if isinstance({value}, tuple) else {value})" if part.others else made


def of_struct(value: str, annotation: ast.expr, records: Records) -> str:
    """The same of what a Struct has, which may be a default."""
    part = _part_of(annotation, records)
    if part is None:
        return value
    if part.is_tuple:
        made = f"tuple([{part.record}.of_struct(each) for each in it])"
        return f"({made} if isinstance(it := {value}, tuple) and it else it)"
    return f"{part.record}.read({value})"


def _made_of_tuple(made: str, value: str, part: _Part) -> str:
    """The tuple that is made of a tuple: an empty one needs no work, another value stays."""
    if part.others:
        return f"({made} if isinstance({value}, tuple) else {value})"
    return f"({made} if {value} else ())"
