"""Kept: the names that no limit drops, because the product or its policy reads them."""

from typing import NamedTuple


class KeptNames(NamedTuple):
    """What is kept under these names never competes for room with the rest."""

    traits: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    """Those of consent."""


NO_NAMES = KeptNames()
