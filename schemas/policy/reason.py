"""The sentence that a trigger gives as its reason: a template over inputs."""

import re
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

COUNTS: Final = (
    "orders_total",
    "orders_in_window",
    "days_since_last_order",
    "attempts",
    "usual_gap_days",
)
"""Fields that count something. A colon and a noun may follow: the noun agrees with the number.

`{orders_in_window:order}` is `1 order` or `2 orders`; an irregular plural stands after a bar, as in
`{orders_in_window:Bestellung|Bestellungen}`.
"""

_NOUN: Final = re.compile(r"[^\W\d_][^\d_{}|]*(\|[^\W\d_][^\d_{}|]*)?")


def check_template(template: str) -> str:
    """Return the template if it is a sentence that names only known fields.

    Raises:
        ValueError: it is empty, names another field, a colon is followed by no noun, or a brace is
            left open.
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
        if conversion or (spec and (field not in COUNTS or "{" in spec)):
            raise ValueError(f"write only the name in the braces: {{{field}}}")
        if spec and not _NOUN.fullmatch(spec):
            raise ValueError(
                f"write what is counted after the colon, as in {{{field}:{_nouns(field)}}}"
            )
    return template


def _nouns(field: str) -> str:
    """What a field counts, in English."""
    return "day" if "days" in field else "attempt" if field == "attempts" else "order"


def fields_of(template: str) -> frozenset[str]:
    """The fields that a checked template names."""
    return frozenset(field for _, field, _, _ in Formatter().parse(template) if field)
