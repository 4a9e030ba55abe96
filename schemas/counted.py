"""Counted: a number and its noun, which agree."""

from decimal import Decimal


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return both, such as `1 order` and `1,200 orders`; the plural is the noun with an s.

    A noun may begin with adjectives: `known customer`.
    """
    return f"{number:,} {agreeing(number, noun, plural)}"


def agreeing(number: int | Decimal, noun: str, plural: str | None = None) -> str:
    """Return the noun, or any other words, in the form that goes with the number."""
    return noun if number == 1 else plural or f"{noun}s"
