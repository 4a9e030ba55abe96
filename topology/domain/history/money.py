"""Amounts of money: from major units, as shops send them, to whole minor units."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

LARGEST_SUM: Final = 1 << 62
"""Sums of minor units end here, lest they outgrow the 64 bits that a row has for them."""


def add_up(one: int, other: int) -> int:
    """Return the sum of two amounts, but no more than `LARGEST_SUM`. Neither is negative."""
    total = one + other
    return total if total <= LARGEST_SUM else LARGEST_SUM


def to_minor(amount: float, digits: int) -> int:
    """Return an amount of major units as whole minor units, `digits` after the point.

    59.90 with two digits is 5990. The decimal text of the number counts, not its binary
    approximation; what is finer than a minor unit is rounded half to even.
    """
    scaled: float = amount * 10**digits
    whole = round(scaled)
    if abs(scaled - whole) < 1e-4:  # noqa: PLR2004 - far from a half, so rounding is not in doubt
        return whole
    return int(Decimal(repr(amount)).scaleb(digits).quantize(Decimal(1), ROUND_HALF_EVEN))


def write_minor(minor: int, digits: int, currency: str) -> str:
    """Return minor units as text for people: 5990 is `59.90 EUR`."""
    return f"{in_major_units(minor, digits)} {currency}"


def in_major_units(minor: int, digits: int) -> str:
    """Return minor units as major ones: 5990 with two digits is `59.90`."""
    if digits == 0:
        return str(minor)
    major, rest = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{major}.{rest:0{digits}}"
