"""Checks whether messages were refused in the last 24 hours, and says what to do."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka.errors import KafkaError

from schemas.dead_letter import DeadLetterReason
from services.dead_letters.dead_letter import DeadLetter
from services.dead_letters.reader import open_dead_letters
from services.platform.faults import FaultError
from services.tools.doctor.finding import Finding, note, ok
from topology.batching.security import KafkaSecurity

SUBJECT: Final = "dead letters"
RECENT: Final = timedelta(hours=24)
MOST_READ: Final = 100_000
TIME_S: Final = 10.0

ADVICE: Final[Mapping[str, str]] = {
    DeadLetterReason.NO_EXCHANGE_RATE: "add the rates to the policy (docs/money.md), restart the "
    "workers, and retry them with `stammkunde dead-letters retry --reason no_exchange_rate`",
    DeadLetterReason.TIME_TOO_EARLY: "see the policy's oldest_event, and retry them",
}
OTHERWISE: Final = "`stammkunde dead-letters list --since 24h` says what is wrong with each"


async def check_dead_letters(kafka: str, security: KafkaSecurity) -> list[Finding]:
    """Count the dead letters of the last 24 hours, within bounds of work and time."""
    try:
        return [await _read_recent(kafka, security)]
    except (FaultError, KafkaError, TimeoutError) as error:
        return [note(SUBJECT, f"could not be read: {error}")]


async def _read_recent(kafka: str, security: KafkaSecurity) -> Finding:
    counts: Counter[str] = Counter()
    newest: DeadLetter | None = None
    ends, whole = time.monotonic() + TIME_S, True
    async with open_dead_letters(kafka, security) as reader:
        ranges = await reader.ranges(datetime.now(UTC) - RECENT)
        async for letters in reader.oldest_first(ranges):
            counts.update(each.reason for each in letters)
            newest = max((each for each in (newest, *letters) if each), key=_age, default=None)
            if counts.total() >= MOST_READ or time.monotonic() > ends:
                whole = False
                break
    return finding_of(counts, newest, whole=whole)


def _age(letter: DeadLetter) -> int:
    return letter.at_ms


def finding_of(counts: Mapping[str, int], newest: DeadLetter | None, *, whole: bool) -> Finding:
    """Make a finding of the counts by reason; `newest` is the newest letter that was read."""
    if newest is None:
        return ok(SUBJECT, "none in the last 24 hours")
    reasons = ", ".join(f"{reason} {counts[reason]:,}" for reason in sorted(counts))
    at_least = "" if whole else "at least "
    advice = ADVICE.get(max(counts, key=lambda each: counts[each]), OTHERWISE)
    return note(
        SUBJECT,
        f"{at_least}{sum(counts.values()):,} in the last 24 hours ({reasons}), the newest "
        f"{newest.id} of {newest.at:%Y-%m-%dT%H:%M:%SZ}: {advice}",
    )
