"""Records: the data of the domain. Each field is named in one place, the class.

Not compiled, a record is a Struct of msgspec. `native` makes a native class of each record in the
compiled form, with the same fields: a Struct in a compiled module would be slow, and would lose
`frozen` and `array_like` without a word. So nobody makes use of a Struct's own functions but here.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from msgspec import Struct, msgpack, structs

T = TypeVar("T")


class Record(Struct, frozen=True, gc=False):
    """Data that never changes."""


class Stored(Record, frozen=True, array_like=True, gc=False):
    """A part of a row. As bytes it is an array of the values of its fields, without their names."""


class Draft(Struct, gc=False):
    """Data that one function call collects, and changes as it goes on."""


replace: Final = structs.replace
"""Return a copy of a record with other values of the fields that are named."""

encode: Final = msgpack.Encoder().encode
"""Turn a record, or a tuple of plain values and records, into MessagePack."""


def decoder(kind: type[T]) -> Callable[[bytes], T]:
    """What turns MessagePack into a record, or a tuple of them.

    Fields that are missing at the end get their defaults. The bytes that are none raise msgspec's
    `DecodeError`.
    """
    return msgpack.Decoder(kind).decode


def fields_of(kind: type[Record]) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return kind.__struct_fields__
