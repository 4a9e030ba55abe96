"""Records in the compiled form. The build puts this module in place of the one of the source.

It is not compiled itself: it asks msgspec for types that are made when the process starts.
"""

import sys
import types
from collections.abc import Callable
from functools import cache
from operator import attrgetter, methodcaller
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from msgspec import DecodeError, Struct, defstruct, msgpack, structs

T = TypeVar("T")


class Record(Struct, frozen=True, gc=False):
    """Data of a module that is not compiled. Native records derive from nothing."""


class Stored(Record, frozen=True, array_like=True, gc=False):
    """A part of a row, likewise."""


class Draft(Struct, gc=False):
    """Data that one function call collects, likewise."""


encode: Final = msgpack.Encoder(enc_hook=methodcaller("as_row")).encode
"""Turn a record, or a tuple of plain values and records, into MessagePack."""


def replace(record: T, **changes: Any) -> T:
    """Return a copy of a record with other values of the fields that are named."""
    kind: Any = type(record)
    if isinstance(record, Struct):
        return structs.replace(record, **changes)
    places, read = _reader(kind)
    values = list(read(record))
    for name, value in changes.items():
        values[places[name]] = value
    return kind(*values)  # type: ignore[no-any-return]


@cache
def _reader(kind: Any) -> tuple[dict[str, int], Callable[[Any], tuple[Any, ...]]]:
    """The place of each field, and what reads all of them. No record has but one."""
    names = fields_of(kind)
    return {name: place for place, name in enumerate(names)}, attrgetter(*names)


@cache
def fields_of(kind: Any) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return tuple(name for name, *_ in _typed(kind))


def decoder(kind: Any) -> Callable[[bytes], Any]:
    """What turns MessagePack into a record, or a tuple of them.

    Bytes with all fields of a native record are read as a tuple of tuples, which costs less than a
    Struct. If that fails, a Struct is asked: it fills in defaults, and says what is wrong.
    """
    rare = msgpack.Decoder(_read_as(kind, _as_struct)).decode
    if get_origin(kind) is tuple:
        one = get_args(kind)[0].of_struct
        return lambda value: tuple(map(one, rare(value)))
    if not _is_native(kind):
        return lambda value: _made(kind, rare(value))
    usual, of_row, of_struct = msgpack.Decoder(_as_tuple(kind)).decode, kind.of_row, kind.of_struct

    def decode(value: bytes) -> Any:
        try:
            row = usual(value)
        except DecodeError:
            return of_struct(rare(value))
        return of_row(row)

    return decode


def _is_native(kind: Any) -> bool:
    return hasattr(kind, "FIELDS")


@cache
def _has_native(kind: Any) -> bool:
    """True if a native record is in a type."""
    if _is_native(kind):
        return True
    inner = [each[1] for each in _typed(kind)] if _is_struct(kind) else get_args(kind)
    return any(map(_has_native, inner))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


@cache
def _typed(kind: Any) -> list[tuple[Any, ...]]:
    """The fields of a record: name, type, and the default, if there is one."""
    if _is_struct(kind):
        return [
            (each.name, each.type, *(() if each.required else (each.default,)))
            for each in structs.fields(kind)
        ]
    names = vars(sys.modules[kind.__module__])
    return [(name, eval(type_, names), *default) for name, type_, *default in kind.FIELDS]  # noqa: S307 - they are our own source


def _read_as(kind: Any, of: Callable[[Any], Any]) -> Any:
    """A type with other types in place of its records."""
    if not _has_native(kind):
        return kind
    origin, members = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return Union[tuple(_read_as(each, of) for each in members)]  # noqa: UP007
    if origin is tuple:
        return types.GenericAlias(tuple, tuple(_read_as(each, of) for each in members))
    return of(kind)


def _as_tuple(kind: Any) -> Any:
    """What a record is as bytes, if no field is missing."""
    return types.GenericAlias(
        tuple, tuple(_read_as(type_, _as_tuple) for _, type_, *_ in _typed(kind))
    )


def _as_struct(kind: Any) -> Any:
    """The same as a Struct, which knows the defaults."""
    fields = [(name, _read_as(type_, _as_struct), *rest) for name, type_, *rest in _typed(kind)]
    return defstruct(kind.__name__, fields, frozen=True, array_like=True)


def _made(kind: Any, value: Any) -> Any:
    """The value of a type, of what was read in its place."""
    if not _has_native(kind):
        return value
    members = get_args(kind)
    if get_origin(kind) is tuple:
        return tuple(_made(members[0], each) for each in value)
    if members:
        return _made(next(filter(_has_native, members)), value) if _is_read(value) else value
    if _is_native(kind):
        return kind.of_struct(value)
    # A default is there already as it is.
    return kind(
        *(
            _made(type_, read) if _is_read(read := getattr(value, name)) else read
            for name, type_, *_ in _typed(kind)
        )
    )


def _is_read(value: Any) -> bool:
    """True if it was read in place of a record, or of a tuple of records."""
    return isinstance(value, Struct | tuple)
