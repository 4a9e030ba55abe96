"""Rows: what MessagePack has of a record, and back, as expressions of Python."""

import ast

from native.classes import RecordClass, Records


def _members(annotation: ast.expr) -> list[ast.expr]:
    """Those of a union, or the type itself."""
    if isinstance(annotation, ast.BinOp):
        return [*_members(annotation.left), *_members(annotation.right)]
    return [annotation]


def _is_none(annotation: ast.expr) -> bool:
    return isinstance(annotation, ast.Constant) and annotation.value is None


def _records_of_tuple(annotation: ast.expr, records: Records) -> RecordClass | None:
    """The record R if the type is `tuple[R, ...]`."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "tuple":
        inner = annotation.slice
        if isinstance(inner, ast.Tuple):
            return records.get(ast.unparse(inner.elts[0]))
    return None


def row_type(annotation: ast.expr, records: Records) -> str:
    """The type of what MessagePack has of a field's value."""
    if any(
        ast.unparse(each) in records or _records_of_tuple(each, records)
        for each in _members(annotation)
    ):
        return "Any"
    return ast.unparse(annotation)


def to_row(value: str, annotation: ast.expr, records: Records) -> str:
    """The expression that makes of a field's value what MessagePack has of it."""
    members = _members(annotation)
    for member in members:
        name = ast.unparse(member)
        if name in records:
            row = f"{value}.as_row()"
            if len(members) == 1:
                return row
            if all(each is member or _is_none(each) for each in members):
                return f"(None if {value} is None else {row})"
            return f"({row} if isinstance({value}, {name}) else {value})"
        if _records_of_tuple(member, records):
            rows = f"tuple([each.as_row() for each in {value}])"
            if len(members) == 1:
                return f"({rows} if {value} else ())"
            return f"({rows} if isinstance({value}, tuple) else {value})"
    return value


def of_row(value: str, annotation: ast.expr, records: Records) -> str:
    """The expression that makes a field's value of what MessagePack has of it."""
    members = _members(annotation)
    for each in members:
        name = ast.unparse(each)
        if name in records:
            made = f"{name}.of_row({value})"
            if len(members) == 1:
                return made
            return f"({made} if isinstance({value}, tuple) else {value})"
        if (record := _records_of_tuple(each, records)) is not None:
            made = f"tuple([{record.name}.of_row(each) for each in {value}])"
            if len(members) == 1:
                return f"({made} if {value} else ())"
            return f"({made} if isinstance({value}, tuple) else {value})"
    return value


def of_struct(value: str, annotation: ast.expr, records: Records) -> str:
    """The same of what a Struct has, which may be a default."""
    for each in _members(annotation):
        name = ast.unparse(each)
        if name in records:
            return f"{name}.read({value})"
        if (record := _records_of_tuple(each, records)) is not None:
            made = f"tuple([{record.name}.of_struct(each) for each in it])"
            return f"({made} if isinstance(it := {value}, tuple) and it else it)"
    return value
