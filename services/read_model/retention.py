"""Forgets what Kafka keeps no longer, so that a rebuilt read model would be the same."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition

from schemas.topics import DAY_MS, TRANSITIONS, TRIGGERS, catalogue
from services.projector.sources import SourceNames
from services.read_model.store import Store


def _kept_ms(topic: str) -> int:
    days = next(each.retention_days for each in catalogue("any") if each.name == topic)
    return (days or 0) * DAY_MS


@dataclass(frozen=True, slots=True)
class Retention:
    """How long transitions and triggers are kept, by the broker's time, in milliseconds."""

    transitions_ms: int = _kept_ms(TRANSITIONS)
    triggers_ms: int = _kept_ms(TRIGGERS)

    async def trim(
        self, store: Store, names: SourceNames, beginnings: Mapping[TopicPartition, int]
    ) -> None:
        """Remove what has become too old, or lies before its partition's beginning in Kafka."""
        now_ms = int(time.time() * 1000)
        for (topic, partition), first in beginnings.items():
            if topic == names.transitions:
                await store.trim_transitions(partition, now_ms - self.transitions_ms, first)
            elif topic == names.triggers:
                await store.trim_triggers(partition, now_ms - self.triggers_ms, first)
