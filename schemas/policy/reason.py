"""The sentence that a trigger gives as its reason: a template over facts."""

from string import Formatter
from typing import Final

REASON_FIELDS: Final = (
    "from_segment",
    "segment",
    "orders_total",
    "orders_in_window",
    "revenue_in_window",
    "days_since_last_order",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "rating",
)
"""What a template may name in braces."""


def check_template(template: str) -> str:
    """Return the template if it names only known fields.

    Raises:
        ValueError: it names another, or a brace is left open.
    """
    for _, field, spec, conversion in Formatter().parse(template):
        if field is None:
            continue
        if field not in REASON_FIELDS or spec or conversion:
            msg = f"{{{field}}} is not known here; use " + ", ".join(REASON_FIELDS)
            raise ValueError(msg)
    return template
