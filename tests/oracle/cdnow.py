"""The CDNOW sample as orders, by a loader of the oracle's own."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from tests.oracle import Verdict, run_policy

__all__ = ["FINAL_INSTANT", "Line", "lines", "orders", "verdict"]

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


def orders() -> list[dict[str, Any]]:
    """Turn every line into a message, by customer and time, with the ids that the demo sends."""
    return [_order(line) for line in lines()]


@cache
def verdict() -> Verdict:
    """What the oracle makes of the whole sample: computed once a process, since it takes long."""
    return run_policy(orders(), until=FINAL_INSTANT)


def _order(line: Line) -> dict[str, Any]:
    order_id = f"cdnow-line-{line.number:05}"
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"m-{order_id}",
        "userId": f"cdnow-{line.sample_id:04}",
        "timestamp": line.at.isoformat(),
        "properties": {"order_id": order_id, "total": line.cents / 100},
    }


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
