"""Which part of a customer's history goes with an erasure, as the read model has it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from services.read_model.keys import Keys
from services.read_model.read_history import effective_at
from topology.domain.history.instant import Instant


@dataclass(frozen=True, slots=True)
class ErasedHistory:
    """Offsets of transitions, and references to triggers."""

    transitions: Sequence[int]
    triggers: Sequence[bytes]


async def erased_history(
    redis: Redis, keys: Keys, partition: int, customer: str, until: Instant | None
) -> ErasedHistory:
    """Find what happened at `until` or before; None is all of it."""
    moves: Any = await redis.zrange(keys.transitions(customer), 0, -1, withscores=True)
    refs: Any = await redis.zrange(keys.triggers_of_customer(partition, customer), 0, -1)
    offsets = [ref.split(b" ", 1)[0] for ref in refs]
    bodies: Any = await redis.hmget(keys.trigger_bodies(partition), offsets) if offsets else []
    return ErasedHistory(
        [int(offset) for body, offset in moves if _goes(body, until)],
        [ref for ref, body in zip(refs, bodies, strict=True) if _goes(body, until)],
    )


def _goes(body: bytes | None, until: Instant | None) -> bool:
    return body is None or until is None or effective_at(body) <= until
