"""What the read model removes because it is old, as Kafka does with the topics."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from redis.commands.core import AsyncScript

from services.read_model.keys import Keys
from services.read_model.scripts import Scripts

TRIMMED_AT_ONCE: Final = 1_000
"""Records of one call, so that no call holds Redis up."""


class Trim(NamedTuple):
    """The script that removes old records of one kind, its keys, and the prefixes of others."""

    script: AsyncScript
    keys: list[str]
    prefixes: tuple[str, ...]


TrimOf: TypeAlias = Callable[[Scripts, Keys, int], Trim]
"""A kind of record: gives what trims those of a partition."""


def transitions(scripts: Scripts, keys: Keys, partition: int) -> Trim:
    """Transitions."""
    log = keys.transition_log(partition)
    return Trim(scripts.trim_transitions, [log], (keys.transitions_prefix,))


def triggers(scripts: Scripts, keys: Keys, partition: int) -> Trim:
    """Triggers."""
    return Trim(
        scripts.trim_triggers,
        [keys.trigger_log(partition), keys.trigger_bodies(partition), keys.rules(partition)],
        (keys.rule_prefix(partition), keys.customer_prefix(partition)),
    )


def held(scripts: Scripts, keys: Keys, partition: int) -> Trim:
    """Held triggers."""
    return Trim(
        scripts.trim_held,
        [keys.held_log(partition), keys.held_entries(partition), keys.held_groups(partition)],
        (keys.held_group_prefix(partition), keys.held_customer_prefix(partition)),
    )
