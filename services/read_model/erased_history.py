"""The part of a customer's history that an erasure removes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.json import Decoder
from redis.asyncio import Redis

from services.read_model.keys import Keys
from topology.domain.history.instant import Instant, from_datetime


class _Effective(Struct, frozen=True, gc=False):
    effective_at: datetime


_EFFECTIVE: Final = Decoder(_Effective)


@dataclass(frozen=True, slots=True)
class ErasedHistory:
    """Offsets of transitions, references to triggers, and the ids of held ones."""

    transitions: Sequence[int]
    triggers: Sequence[bytes]
    held: Sequence[bytes]


async def erased_history(
    redis: Redis, keys: Keys, partition: int, customer: str, until: Instant | None
) -> ErasedHistory:
    """Find the history until the instant `until`, included; None is all of it."""
    transitions: Any = await redis.zrange(keys.transitions(customer), 0, -1, withscores=True)
    refs: Any = await redis.zrange(keys.triggers_of_customer(partition, customer), 0, -1)
    offsets = [ref.split(b" ", 1)[0] for ref in refs]
    bodies: Any = await redis.hmget(keys.trigger_bodies(partition), offsets) if offsets else []
    ids: Any = sorted(await redis.smembers(keys.held_of_customer(partition, customer)))
    entries: Any = await redis.hmget(keys.held_entries(partition), ids) if ids else []
    held = [None if entry is None else entry.split(b"\n", 1)[1] for entry in entries]
    return ErasedHistory(
        [int(offset) for body, offset in transitions if _is_erased(body, until)],
        [ref for ref, body in zip(refs, bodies, strict=True) if _is_erased(body, until)],
        [each for each, body in zip(ids, held, strict=True) if _is_erased(body, until)],
    )


def _is_erased(body: bytes | None, until: Instant | None) -> bool:
    return body is None or until is None or effective_at(body) <= until


def effective_at(body: bytes) -> Instant:
    """Return when a transition or trigger took effect, by its JSON."""
    return from_datetime(_EFFECTIVE.decode(body).effective_at)


def history_removal(
    keys: Keys, token: str, partition: int, customer: str, found: ErasedHistory
) -> tuple[list[str], list[str | int | bytes]]:
    """Return the keys and arguments of the script that removes transitions and triggers."""
    return (
        [
            keys.owner,
            keys.transitions(customer),
            keys.transition_log(partition),
            keys.triggers_of_customer(partition, customer),
            keys.trigger_log(partition),
            keys.trigger_bodies(partition),
            keys.rules(partition),
            keys.on_disk,
        ],
        [
            token,
            keys.rule_prefix(partition),
            len(found.transitions),
            *found.transitions,
            *found.triggers,
        ],
    )


def held_removal(
    keys: Keys, token: str, partition: int, found: ErasedHistory
) -> tuple[list[str], list[str | bytes]]:
    """Return the keys and arguments of the script that removes held triggers."""
    return (
        [
            keys.owner,
            keys.held_log(partition),
            keys.held_entries(partition),
            keys.held_groups(partition),
            keys.on_disk,
        ],
        [
            token,
            keys.held_group_prefix(partition),
            keys.held_customer_prefix(partition),
            *found.held,
        ],
    )
