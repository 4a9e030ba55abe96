"""The CDNOW sample as orders, by a loader of the oracle's own."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FINAL_INSTANT", "Line", "lines", "orders"]

FINAL_INSTANT = datetime(1998, 7, 1, tzinfo=UTC)


class Line(NamedTuple):
    """A line of the file. Both ids identify the customer, one to one."""

    number: int
    id: int
    sample_id: int
    at: datetime
    units: int
    cents: int


def lines() -> list[Line]:
    """Read the file out of the installed package ``lifetimes``, without importing the package."""
    text = _path().read_text(encoding="ascii")
    return [_line(number, line) for number, line in enumerate(text.splitlines(), start=1)]


def orders(
    customer: Callable[[Line], str] = lambda line: str(line.id),
    order_id: Callable[[Line], str] = lambda line: str(line.number),
) -> list[dict[str, Any]]:
    """Turn every line into a message, by customer and time, with ids as the caller spells them."""
    return [
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": f"m-{order_id(line)}",
            "userId": customer(line),
            "timestamp": line.at.isoformat(),
            "properties": {"order_id": order_id(line), "total": line.cents / 100},
        }
        for line in lines()
    ]


def _path() -> Path:
    package = find_spec("lifetimes")
    if package is None or package.origin is None:
        message = "the CDNOW sample comes with the package lifetimes 0.11.3: install it"
        raise FileNotFoundError(message)
    return Path(package.origin).parent / "datasets" / "CDNOW_sample.txt"


def _line(number: int, text: str) -> Line:
    id_, sample_id, day, units, dollars = text.split()
    at = datetime.strptime(f"{day} 12:00 +0000", "%Y%m%d %H:%M %z")
    return Line(number, int(id_), int(sample_id), at, int(units), int(Decimal(dollars) * 100))
