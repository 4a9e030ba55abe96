"""Amounts in minor units, by their decimal text; halves go to the even one."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, Final

NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
FOUR: Final = "CLF UYW"
"""The currencies of ISO 4217 that have no, three or four digits after the point."""


def digits_of(currency: str) -> int:
    """How many digits a currency has after the point."""
    for digits, currencies in ((0, NONE), (3, THREE), (4, FOUR)):
        if currency in currencies.split():
            return digits
    return 2


def cents(amount: Any, digits: int = 2) -> int:
    """An amount of a message or of the policy, in minor units of so many digits."""
    return int(Decimal(str(amount)).scaleb(digits).quantize(Decimal(1), ROUND_HALF_EVEN))


def exchanged(minor: int, rate: Fraction, of: int, to: int) -> int:
    """Minor units of a currency with `of` digits in those of one with `to` digits, at a rate."""
    amount: Fraction = Fraction(minor, 10**of) * rate * 10**to
    return round(amount)
