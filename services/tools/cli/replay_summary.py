"""The end of a replay: what was sent and refused, and what came of an import."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.tools.replay.import_outcome import ImportOutcome
    from services.tools.replay.send import Progress


def summary_of(
    file: str,
    sent: "Progress",
    refused: dict[str, int],
    validated_by: str,
    outcome: "ImportOutcome | None",
    *,
    complete: bool,
) -> str:
    """Return the summary in JSON. `outcome` is None if nobody knows what came of an import."""
    summary: dict[str, Any] = {
        "file": file,
        "messages": sent.messages,
        "unrecognised": sent.unrecognised,
        "refused": sum(refused.values()),
        "refused_by_reason": dict(sorted(refused.items())),
        "judged_by": validated_by,
        "ticks": sent.ticks,
        "until": sent.now and sent.now.isoformat().replace("+00:00", "Z"),
        "complete": complete,
    }
    if outcome is not None:
        summary |= {"held": outcome.held, "sent": outcome.sent}
    return json.dumps(summary)


def outcome_in_words(outcome: "ImportOutcome") -> str:
    """Say how many triggers were held and sent, and where to look at them."""
    return (
        f"replay: {outcome.held:,} held, {outcome.sent:,} sent so far. GET /v1/held lists the held "
        "triggers. The clock's follow once the history has settled, after the policy's "
        "history_settles_after."
    )
