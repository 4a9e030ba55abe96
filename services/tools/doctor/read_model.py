"""Checks Redis: its answer, its version, its eviction, and ids that many people share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.read_model.connection import ReadModelAwayError, server_info
from services.read_model.counts import find_shared_ids
from services.tools.doctor.finding import Finding, note, ok, wrong

TIMEOUT_S: Final = 5
KEEPS_ALL: Final = "noeviction"
SHARED_IDS: Final = "shared ids"
MOST_NAMED: Final = 5


async def check_redis(url: str, redacted: str, authorities: Path | None = None) -> Finding:
    """Check the server at `url`; `redacted` is the same without a password."""
    try:
        info = await server_info(url, authorities, TIMEOUT_S)
    except ReadModelAwayError as error:
        return wrong("Redis", f"does not answer at {redacted}: {error}")
    return server_finding(info, redacted)


def server_finding(info: dict[str, Any], redacted: str) -> Finding:
    """Make a finding of a server's INFO."""
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version") or info.get("redis_version") or "of unknown version"
    eviction, limit = info.get("maxmemory_policy", KEEPS_ALL), int(info.get("maxmemory", 0))
    if limit and eviction != KEEPS_ALL:
        return wrong(
            "Redis",
            f"{redacted} may evict customers when it is full (maxmemory-policy is {eviction}): set "
            f"it to {KEEPS_ALL}",
        )
    return ok("Redis", f"{redacted}, {name} {version}")


async def check_shared_ids(url: str, app_id: str, authorities: Path | None) -> list[Finding]:
    """Check the read model at `url`. Without an answer there is no finding."""
    try:
        found = await find_shared_ids(url, app_id, authorities, MOST_NAMED)
    except ReadModelAwayError:
        return []
    return [shared_ids_finding(found.total, found.first)]


def shared_ids_finding(many: int, names: Sequence[str]) -> Finding:
    """Make a finding of the number of shared ids; `names` are the first of them."""
    if not many:
        return ok(SHARED_IDS, "none: no id has more orders in a day than one person makes")
    first = ", ".join(map(repr, names))
    others = "" if many <= len(names) else f" and {many - len(names):,} more"
    return note(
        SHARED_IDS,
        f"{first}{others}: more orders in a day than one person makes (most_orders_per_day in the "
        "policy). The figures of such a customer describe no real person. Send the orders of "
        "guests and tills without a user id, each with an anonymous id of its own",
    )
