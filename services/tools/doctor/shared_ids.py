"""Whether there are ids that gather strangers, as the read model has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redis.exceptions import RedisError

from services.read_model.connection import connect
from services.read_model.keys import Keys
from services.read_model.read_rows import SHARED
from services.tools.doctor.finding import Finding, note, ok

SUBJECT: Final = "shared ids"
SHOWN: Final = 5


async def look_at_shared_ids(url: str, app_id: str, authorities: Path | None) -> list[Finding]:
    """Ask the read model at `url`. Nothing is found if Redis does not answer."""
    group = Keys.of(app_id).group(SHARED)
    try:
        async with connect(url, authorities) as redis:
            many: int = await redis.zcard(group)
            names: list[bytes] = await redis.zrange(group, 0, SHOWN - 1)  # type: ignore[assignment]
    except (RedisError, OSError):
        return []
    return [finding_of(many, [name.decode() for name in names])]


def finding_of(many: int, names: Sequence[str]) -> Finding:
    """Judge so many ids, of which these are the first."""
    if not many:
        return ok(SUBJECT, "none: no id has more orders within a day than one person makes")
    first = ", ".join(map(repr, names))
    others = "" if many <= len(names) else f" and {many - len(names):,} more"
    return note(
        SUBJECT,
        f"{first}{others}: more orders within a day than one person makes (most_orders_per_day in "
        "the policy). What is said of such a customer is true of nobody: send the orders of guests "
        "and tills without a user id, each with an anonymous id of its own",
    )
