"""The shop of the load sells in euros, francs and yen; rates change in the midst of it."""

from typing import Any, Final

from tests.oracle import DEFAULT, Policy

RATES: Final[list[dict[str, Any]]] = [
    {"currency": "CHF", "from": "2000-01-01", "rate": 1.0447},
    {"currency": "CHF", "from": "2024-06-30", "rate": 0.9713},
    {"currency": "CHF", "from": "2024-10-27", "rate": 1.0628},
    {"currency": "JPY", "from": "2000-01-01", "rate": 0.0097},
    {"currency": "JPY", "from": "2024-08-15", "rate": 0.0103},
]
SELLS_ABROAD: Final = Policy({**DEFAULT.document, "exchange": RATES})
"""The default policy otherwise."""

UNITS: Final = {"EUR": 100, "CHF": 100, "JPY": 1}
"""Minor units of one major unit."""


def currency_of(number: int) -> str:
    """In which currency the customer's nth deed is, if it is an order: one in three is foreign."""
    return {1: "CHF", 4: "JPY"}.get(number % 6, "EUR")
