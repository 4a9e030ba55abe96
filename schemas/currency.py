"""Currencies of ISO 4217, and the digits of their minor units."""

from functools import lru_cache

from iso4217 import Currency as Iso4217


@lru_cache(maxsize=256)
def digits_of(code: str) -> int | None:
    """How many digits a currency has after the point: 2 for EUR, 0 for JPY.

    None if it is no money that a shop is paid in, such as gold.

    Raises:
        ValueError: ISO 4217 has no such code; it is written in capitals.
    """
    exponent = Iso4217(code).exponent
    return None if exponent is None else int(exponent)


def is_money(code: str) -> bool:
    """True if it is a currency that a shop is paid in."""
    try:
        return digits_of(code) is not None
    except ValueError:
        return False


def minor_digits(code: str) -> int:
    """The digits of what `is_money`."""
    return digits_of(code) or 0
