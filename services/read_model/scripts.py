"""The Lua scripts, read from the package: each runs in Redis as one transaction."""

from dataclasses import dataclass
from importlib import resources
from typing import Self

from redis.asyncio import Redis
from redis.commands.core import AsyncScript


def _source(name: str) -> str:
    return resources.files(__package__).joinpath("lua", f"{name}.lua").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts, bound to one Redis. It gets to know each when it is first called."""

    rows: AsyncScript
    transitions: AsyncScript
    triggers: AsyncScript
    erase: AsyncScript
    heartbeat: AsyncScript
    drop: AsyncScript
    release: AsyncScript
    trim_transitions: AsyncScript
    trim_triggers: AsyncScript

    @classmethod
    def of(cls, redis: Redis) -> Self:
        """Read the scripts and bind them to `redis`."""
        guard = _source("guard")
        return cls(
            rows=redis.register_script(guard + _source("rows")),
            transitions=redis.register_script(guard + _source("transitions")),
            triggers=redis.register_script(guard + _source("triggers")),
            erase=redis.register_script(_source("erase")),
            heartbeat=redis.register_script(_source("heartbeat")),
            drop=redis.register_script(_source("drop")),
            release=redis.register_script(_source("release")),
            trim_transitions=redis.register_script(_source("trim_transitions")),
            trim_triggers=redis.register_script(_source("trim_triggers")),
        )
