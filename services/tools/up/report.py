"""Who hears how the whole of it gets on."""

from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]
"""Gets one sentence, or a few."""


@dataclass(frozen=True, slots=True)
class Report:
    """Hears what is worth telling, and apart from that what went wrong."""

    tell: Say
    warn: Say
