"""Where a lane goes on: what is stored of it, and the records of what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.webhooks.journal import Journal
from services.webhooks.message import Letter, letter_of
from services.webhooks.partition_queue import Lane, Open
from services.webhooks.reader import Reader
from services.webhooks.stored import (
    Attempted,
    Exhausted,
    LaneProgress,
    exhausted_key,
    exhausted_of,
    lane_key,
    lane_of,
)
from services.webhooks.subscription import Subscription

GONE: str = "Kafka no longer has it"


@dataclass(frozen=True, slots=True)
class Restarted:
    """A lane, the letters of what is open by offset, and what is lost."""

    lane: Lane
    letters: Mapping[int, Letter]
    lost: tuple[Attempted, ...] = ()


async def restart(
    journal: Journal,
    reader: Reader,
    subscription: Subscription,
    partition: int,
    now: datetime,
) -> Restarted:
    """Return where the lane was. A new one begins with what came since the subscription was made.

    What is open though its record has expired is given up.

    Raises:
        KafkaError: Kafka is away.
    """
    key = lane_key(subscription.id, partition)
    stored = journal.stored.get(key)
    if stored is None:
        lane = Lane(await reader.first_since(subscription.created_at))
        await journal.write({key: lane})
        return Restarted(lane, {})
    progress = LaneProgress.model_validate_json(stored)
    records = await reader.read_at([one.offset for one in progress.open])
    letters = {offset: letter_of(record) for offset, record in records.items()}
    lane = lane_of(progress, {at: letter.customer_id for at, letter in letters.items()})
    lost = tuple(one for one in progress.open if one.offset not in letters)
    if lost:
        await journal.write(
            {
                key: lane,
                **{
                    exhausted_key(subscription.id, partition, one.offset): _given_up(
                        one, partition, now
                    )
                    for one in lost
                },
            }
        )
    return Restarted(lane, letters, lost)


def _given_up(one: Attempted, partition: int, now: datetime) -> Exhausted:
    gone = Open(
        one.offset, "", one.webhook_id, one.rule, one.attempts, one.first_at, one.due_at, GONE
    )
    return exhausted_of(gone, partition, now)
