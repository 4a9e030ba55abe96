"""Whole numbers in as few bytes as they need, seven bits a byte, low bits first."""

from collections.abc import Iterable, Iterator
from typing import Final

_MORE: Final = 0x80
_BITS: Final = 7


def write_varints(numbers: Iterable[int]) -> bytes:
    """Write numbers, none of them negative."""
    return bytes(_septets(numbers))


def _septets(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        rest = number
        while rest >= _MORE:
            yield rest % _MORE | _MORE
            rest >>= _BITS
        yield rest


def read_varints(data: bytes) -> Iterator[int]:
    """Read what `write_varints` wrote."""
    number = shift = 0
    for septet in data:
        number |= (septet & ~_MORE) << shift
        shift += _BITS
        if septet < _MORE:
            yield number
            number = shift = 0
