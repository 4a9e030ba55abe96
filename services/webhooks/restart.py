"""Where a lane goes on: what is stored of it, and the records of what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.webhooks.journal import Journal
from services.webhooks.message import WebhookMessage, message_of
from services.webhooks.partition_queue import Open, PartitionQueue
from services.webhooks.reader import Reader
from services.webhooks.stored import (
    Attempted,
    Exhausted,
    QueueProgress,
    exhausted_key,
    exhausted_of,
    queue_key,
    queue_of,
)
from services.webhooks.subscription import Subscription

GONE: str = "Kafka no longer has it"


@dataclass(frozen=True, slots=True)
class Restarted:
    """A lane, the letters of what is open by offset, and what is lost."""

    queue: PartitionQueue
    messages: Mapping[int, WebhookMessage]
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
    key = queue_key(subscription.id, partition)
    stored = journal.stored.get(key)
    if stored is None:
        queue = PartitionQueue(await reader.first_since(subscription.created_at))
        await journal.write({key: queue})
        return Restarted(queue, {})
    progress = QueueProgress.model_validate_json(stored)
    records = await reader.read_at([one.offset for one in progress.open])
    messages = {offset: message_of(record) for offset, record in records.items()}
    queue = queue_of(progress, {at: message.customer_id for at, message in messages.items()})
    lost = tuple(one for one in progress.open if one.offset not in messages)
    if lost:
        await journal.write(
            {
                key: queue,
                **{
                    exhausted_key(subscription.id, partition, one.offset): _given_up(
                        one, partition, now
                    )
                    for one in lost
                },
            }
        )
    return Restarted(queue, messages, lost)


def _given_up(one: Attempted, partition: int, now: datetime) -> Exhausted:
    gone = Open(
        one.offset, "", one.webhook_id, one.rule, one.attempts, one.first_at, one.due_at, GONE
    )
    return exhausted_of(gone, partition, now)
