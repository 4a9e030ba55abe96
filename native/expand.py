"""Expand: the source of a record, as a class that mypyc makes a native one of.

`topology.domain.history.record` says what records are. Their fields are read from the source; the
constructor, equality, the copies and the row that MessagePack has of a record follow from them.
"""

import ast
from collections.abc import Iterator
from typing import Final

from native.classes import BASES, Copies, Field, RecordClass, Records, dataclasses_in, records_in
from native.methods import constructor_of, methods_of
from native.source_text import SourceText, end_of, start_of

RECORD_MODULE: Final = "topology.domain.history.record"


def copies_in(source: str) -> Iterator[tuple[str, ...]]:
    """The fields that each keyword copy of a module changes."""
    return (_changed(call) for call in _replacements(ast.parse(source)))


def _replacements(tree: ast.Module) -> Iterator[ast.Call]:
    known = any(
        isinstance(node, ast.ImportFrom)
        and node.module == RECORD_MODULE
        and any(each.name == "replace" for each in node.names)
        for node in tree.body
    )
    for node in ast.walk(tree) if known else ():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "replace"
            and all(each.arg is not None for each in node.keywords)
        ):
            yield node


def _changed(call: ast.Call) -> tuple[str, ...]:
    return tuple(sorted(each.arg for each in call.keywords if each.arg is not None))


def expand(
    source: str,
    records: Records,
    classes: Records,
    copies: Copies,
) -> str:
    """Return the source of a module with native classes in place of its records.

    Every line stays what it was but those of records, so that most lines keep their number.
    """
    text = SourceText(source)
    for call in _replacements(ast.parse(source)):
        target, first = call.args[0], call.keywords[0]
        text.put(start_of(call.func), end_of(call.func), "")
        text.put(end_of(target), start_of(first), f").{copies[_changed(call)]}(")
    for slots in _slots(ast.parse(source)):
        text.put(start_of(slots), end_of(slots), "slots=False")
    found = list(records_in(source))
    for record in found:
        node = record.node
        others = [each for each in node.bases if ast.unparse(each) not in BASES]
        bases = f"({', '.join(map(ast.unparse, others))})" if others else ""
        # mypyc takes a class that derives from Generic for one that may be part of a cycle.
        head = "@final\n" if others else "@final\n@mypyc_attr(acyclic=True)\n"
        text.put(start_of(node), (node.lineno, node.col_offset), head)
        end = node.body[0].lineno
        text.put_line(node.lineno, end, f"class {node.name}{bases}:")
        for each in node.body:
            if isinstance(each, ast.AnnAssign) and each.value is not None:
                text.put(end_of(each.annotation), end_of(each.value), "")
        text.put(end_of(node), end_of(node), "\n" + "\n".join(methods_of(record, records, copies)))
    for derived in dataclasses_in(source):
        decorator = derived.node.decorator_list[0]
        text.put(start_of(decorator), end_of(decorator), "mypyc_attr()")
        for each in derived.node.body:
            if isinstance(each, ast.AnnAssign) and each.value is not None:
                text.put(end_of(each.annotation), end_of(each.value), "")
        text.put(end_of(derived.node), end_of(derived.node), "\n" + _of_dataclass(derived, classes))
        found.append(derived)
    whole = text.result()
    return _with_imports(whole) if found else whole


def _of_dataclass(derived: RecordClass, classes: Records) -> str:
    """What a dataclass that derives from another has beside its own methods."""
    fields = derived.fields
    for base in derived.node.bases:
        known = classes.get(ast.unparse(base))
        if known is not None:  # The types of its fields may have no name here.
            inherited = (Field(each.name, ast.Name("Any"), each.default) for each in known.fields)
            fields = (*inherited, *fields) if fields else ()
    if not fields:
        return ""
    names = "".join(f"{each.name!r}, " for each in fields)
    matched = f"    __match_args__: ClassVar[tuple[str, ...]] = ({names})"
    return f"{constructor_of(fields)}\n{matched}"


def _slots(tree: ast.Module) -> Iterator[ast.keyword]:
    """Where dataclasses ask for slots: a native class has nothing else, and refuses them."""
    for node in tree.body:
        for each in (
            node.decorator_list if isinstance(node, ast.ClassDef) and not node.bases else ()
        ):
            if isinstance(each, ast.Call):
                yield from (word for word in each.keywords if word.arg == "slots")


def _with_imports(source: str) -> str:
    """The source with the imports of native classes, on the line of its first import."""
    first = next(
        node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)
    )
    text = SourceText(source)
    text.put(start_of(first), start_of(first), "from typing import Any, ClassVar, final; ")
    text.put(start_of(first), start_of(first), "from mypy_extensions import mypyc_attr; ")
    return text.result()
