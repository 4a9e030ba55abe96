"""The products of the shop, and which of them a customer chooses."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from typing import Final

from benchmarks.loads.mix.text import BRANDS, COLOURS, PRODUCTS, STYLES

ASSORTMENT: Final = 4_000
"""Different products."""
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `price` is in cents."""

    product_id: str
    sku: str
    name: str
    brand: str
    category: str
    variant: str
    price: int
    path: str


@cache
def assortment() -> Sequence[Product]:
    """All products of the shop, those that sell best first."""
    chance = random.Random(_SEED)
    return tuple(_product(number, chance) for number in range(ASSORTMENT))


def _product(number: int, chance: random.Random) -> Product:
    category = chance.choice(tuple(PRODUCTS))
    kind, style = chance.choice(PRODUCTS[category]), chance.choice(STYLES)
    brand, colour = chance.choice(BRANDS), chance.choice(COLOURS)
    return Product(
        product_id=f"{100_000 + number}",
        sku=f"{kind[:3].upper().translate(_ASCII)}-{number:04d}-{chance.randrange(100):02d}",
        name=f"{kind} {style}",
        brand=brand,
        category=category,
        variant=colour,
        price=int(chance.lognormvariate(8.0, 0.7)) // 10 * 10 + 9,
        path=f"/produkt/{100_000 + number}-{kind.lower().translate(_ASCII)}",
    )


_ASCII: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "AE", "Ö": "OE", "Ü": "UE"}
)


class Zipf:
    """Numbers below `size`, of which number `n` is drawn in proportion to 1 / (n + shift).

    This is the law of Zipf and Mandelbrot. The shift is a thousandth of the size: so the first
    number is no stranger (Zipf's own law would give one of a million customers a fourteenth of all
    events), and the busiest hundredth gets a third, whatever the size is.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._shift = size / _SHIFTED
        self._ratio = (size + self._shift) / self._shift

    def draw(self, chance: random.Random) -> int:
        """Draw a number."""
        drawn = int(self._shift * (self._ratio ** chance.random() - 1))
        return min(drawn, self._size - 1)

    def times_the_mean(self, number: int) -> float:
        """How many times as often as the mean a number is drawn."""
        return self._size / (number + 0.5 + self._shift) / log(self._ratio)


_SHIFTED: Final = 1_000
