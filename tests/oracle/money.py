"""Amounts in minor units, by their decimal text; halves go to the even one."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any


def cents(amount: Any) -> int:
    """An amount of a message or of the policy, in minor units of two digits."""
    return int(Decimal(str(amount)).scaleb(2).quantize(Decimal(1), ROUND_HALF_EVEN))
