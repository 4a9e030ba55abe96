"""Whether the read model has ids that gather strangers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.read_model.connection import ReadModelAwayError
from services.read_model.counts import find_shared_ids
from services.tools.doctor.finding import Finding, note, ok

SUBJECT: Final = "shared ids"
SHOWN: Final = 5


async def look_at_shared_ids(url: str, app_id: str, authorities: Path | None) -> list[Finding]:
    """Ask the read model at `url`. Without an answer there is no finding."""
    try:
        found = await find_shared_ids(url, app_id, authorities, SHOWN)
    except ReadModelAwayError:
        return []
    return [finding_of(found.total, found.first)]


def finding_of(many: int, names: Sequence[str]) -> Finding:
    """Judge so many ids; `names` are the first of them."""
    if not many:
        return ok(SUBJECT, "none: no id has more orders within a day than one person makes")
    first = ", ".join(map(repr, names))
    others = "" if many <= len(names) else f" and {many - len(names):,} more"
    return note(
        SUBJECT,
        f"{first}{others}: more orders within a day than one person makes (most_orders_per_day in "
        "the policy). The figures of such a customer describe nobody: send the orders of guests "
        "and tills without a user id, each with an anonymous id of its own",
    )
