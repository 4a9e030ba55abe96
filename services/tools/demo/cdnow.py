"""The CDNOW sample: 6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30.

The file is part of the package `lifetimes`, which is installed for the file only and never
imported. Its columns are id in the master file, id in the sample (from 1), day, units and dollars.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from schemas import topics
from services.platform.faults import FaultError
from services.tools.demo.script import Script
from services.tools.replay.source_lines import SourceLine

END: Final = datetime(1998, 7, 1, tzinfo=UTC)
"""The midnight after the last day of the sample: the last tick of its clock."""
PER_SECOND: Final = 150.0
"""The whole sample takes about 50 s."""


class OrdersMissingError(FaultError):
    """The package with the file is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The demo's orders are missing. Install them with pip install 'stammkunde[demo]', or "
            "in a checkout with make setup."
        )


def cdnow_script() -> Script:
    """Make a script of the orders.

    Raises:
        OrdersMissingError: the file is not installed.
    """
    file = find_orders()
    return Script(
        record=lambda: read_orders(file),
        end=END,
        noun="order",
        per_second=PER_SECOND,
        example_customer="cdnow-0001",
        currency="USD",
    )


def find_orders() -> Path:
    """Find the file in the installed package.

    Raises:
        OrdersMissingError: the file is not installed.
    """
    package = find_spec("lifetimes")
    for folder in (package and package.submodule_search_locations) or ():
        file = Path(folder) / "datasets" / "CDNOW_sample.txt"
        if file.is_file():
            return file
    raise OrdersMissingError


def read_orders(file: Path) -> Iterator[SourceLine]:
    """Read every order as a source message. The file is sorted by customer, not by time."""
    for number, text in enumerate(file.read_text("ascii").splitlines(), start=1):
        yield _order(number, text)


def _order(number: int, text: str) -> SourceLine:
    _, sample_id, day, units, dollars = text.split()
    customer = f"cdnow-{int(sample_id):04}"
    name = f"cdnow-line-{number:05}"
    at = datetime.strptime(f"{day} 12:00 +0000", "%Y%m%d %H:%M %z").astimezone(UTC)
    message = {
        "type": "track",
        "event": "Order Completed",
        "messageId": name,
        "userId": customer,
        "timestamp": f"{at:%FT%TZ}",
        "context": {"channel": "web"},
        "properties": {
            "order_id": name,
            "total": round(float(dollars), 2),
            "products": [{"product_id": "cd", "quantity": int(units)}],
        },
    }
    return SourceLine(
        number=number,
        value=json.dumps(message).encode(),
        topic=topics.SHOP_EVENTS,
        key=customer.encode(),
        at=at,
        recognised=True,
    )
