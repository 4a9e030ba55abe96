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
    "stage",
    "tier",
    "rating",
    "complaint",
    "attempts",
    "usual_gap_days",
)
"""What a template may name in braces."""


def check_template(template: str) -> str:
    """Return the template if it is a sentence that names only known fields.

    Raises:
        ValueError: it is empty, names another field, or a brace is left open.
    """
    if not template.strip():
        raise ValueError("write a sentence that says why")
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError(
            "a brace stands alone; write {{ and }} for the braces themselves"
        ) from None
    for _, field, spec, conversion in parts:
        if field is None:
            continue
        if field not in REASON_FIELDS:
            known = ", ".join(REASON_FIELDS)
            raise ValueError(f"{{{field}}} is not known here; there are {known}")
        if spec or conversion:
            raise ValueError(f"write only the name in the braces: {{{field}}}")
    return template


def fields_of(template: str) -> frozenset[str]:
    """The fields that a checked template names."""
    return frozenset(field for _, field, _, _ in Formatter().parse(template) if field)
