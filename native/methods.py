"""Methods: those of a native record, a line of source each."""

import ast
from collections.abc import Iterator

from native.classes import Copies, Field, RecordClass, Records
from native.rows import of_row, of_struct, row_type, to_row


def methods_of(record: RecordClass, records: Records, copies: Copies) -> Iterator[str]:
    """The methods of a native record, a line each."""
    name, fields = record.name, record.fields
    yield constructor_of(fields)
    if record.base == "Draft":
        return
    yield f"    FIELDS: ClassVar[tuple[tuple[Any, ...], ...]] = ({''.join(map(_field, fields))})"
    same = " and ".join(f"self.{each} == other.{each}" for each in record.names)
    same = f"isinstance(other, {name}) and {same}"
    yield f"    def __eq__(self, other: object) -> bool: return {same}"
    values = "".join(f"self.{each}, " for each in record.names)
    yield f"    def __hash__(self) -> int: return hash(({values}))"
    shown = ", ".join(f"{each}={{self.{each}!r}}" for each in record.names)
    yield f"    def __repr__(self) -> str: return f'{name}({shown})'"
    for changed, method in copies.items():
        if set(changed) <= set(record.names):
            yield _copy(record, changed, method)
    if record.base != "Stored":
        return
    row = "".join(f"{to_row(f'self.{each.name}', each.type, records)}, " for each in fields)
    types = "".join(f"{row_type(each.type, records)}, " for each in fields)
    yield f"    def as_row(self) -> tuple[{types}]: return ({row})"
    read = ", ".join(of_row(f"row[{i}]", each.type, records) for i, each in enumerate(fields))
    yield "    @staticmethod"
    yield f"    def of_row(row: tuple[{types}]) -> '{name}': return {name}({read})"
    known = f"it is None or isinstance(it, (int, {name}))"
    yield "    @staticmethod"
    yield f"    def read(it: Any) -> Any: return it if {known} else {name}.of_struct(it)"
    read = ", ".join(of_struct(f"row.{each.name}", each.type, records) for each in fields)
    yield "    @staticmethod"
    yield f"    def of_struct(row: Any) -> '{name}': return {name}({read})"


def constructor_of(fields: tuple[Field, ...]) -> str:
    """The constructor of a class with these fields."""
    arguments = ", ".join(
        f"{each.name}: {ast.unparse(each.type)}"
        + ("" if each.default is None else f" = {each.default}")
        for each in fields
    )
    sets = "; ".join(f"self.{each.name} = {each.name}" for each in fields)
    return f"    def __init__(self, {arguments}) -> None: {sets}"


def _field(field: Field) -> str:
    default = "" if field.default is None else f", {field.default}"
    return f"({field.name!r}, {ast.unparse(field.type)!r}{default}), "


def _copy(record: RecordClass, changed: tuple[str, ...], method: str) -> str:
    types = {each.name: ast.unparse(each.type) for each in record.fields}
    arguments = ", ".join(f"{each}: {types[each]}" for each in changed)
    values = ", ".join(each if each in changed else f"self.{each}" for each in record.names)
    return (
        f"    def {method}(self, *, {arguments}) -> '{record.name}': return {record.name}({values})"
    )
