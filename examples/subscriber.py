"""Acts on each retention trigger once: `python examples/subscriber.py` (needs only aiokafka)."""

import asyncio
import json
import os
from typing import Any

from aiokafka import AIOKafkaConsumer

TOPIC = "retention.triggers.v1"


async def subscribe(group: str, done: set[str]) -> None:
    """Act on triggers until cancelled. Keep `done` where your actions go, in one transaction."""
    async with AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        group_id=group,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        async for record in consumer:
            trigger_id = dict(record.headers)["ce_id"].decode()
            if trigger_id not in done:
                act(json.loads(record.value))
                done.add(trigger_id)
            await consumer.commit()


def act(trigger: dict[str, Any]) -> None:
    """Act on a trigger, unless it exists only for measurement."""
    if not trigger["holdout"]:
        print(trigger["trigger_id"], line_for(trigger), flush=True)


def line_for(trigger: dict[str, Any]) -> str:
    """Return one line: the customer, the rule, the offer and the reason."""
    action = trigger["action"]
    offer = f"{action['kind']} ({action['offer']})" if action["offer"] else action["kind"]
    channel = f" by {action['channel']}" if action["channel"] else ""
    return f"{trigger['customer_id']}, {trigger['rule']}: {offer}{channel}. {trigger['reason']}"


if __name__ == "__main__":
    asyncio.run(subscribe("marketing", set()))
