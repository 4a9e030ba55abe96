"""The deliveries that were given up, read out of the topic of progress: pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.webhooks.stored import Exhausted


class Place(NamedTuple):
    """Where a trigger lies: it names the delivery."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}-{self.offset}"


def place_of(text: str) -> Place | None:
    """Read what `str` of a place has written; None if it is something else."""
    parts = text.split("-")
    if len(parts) != len(Place._fields) or not all(_is_number(each) for each in parts):
        return None
    return Place(*map(int, parts))


def exhausted_of(items: Mapping[str, bytes], subscription_id: str) -> Sequence[tuple[Place, bytes]]:
    """Return what is stored of a subscription's deliveries that were given up, in order."""
    found = []
    for key, value in items.items():
        whose, _, place = key.partition("/")
        if whose == subscription_id and (at := place_of(place.replace("/", "-"))) is not None:
            found.append((at, value))
    return sorted(found)


def read_exhausted(value: bytes) -> Exhausted:
    """Read one of them."""
    return Exhausted.model_validate_json(value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004 - as many as 64 bits have
