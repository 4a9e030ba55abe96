"""Memory: what the rules remember of a customer, packed in the row.

Most events ask nothing of the rules: then nobody unpacks it.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, msgpack
from msgspec.structs import replace

from topology.domain.history.instant import Instant

KEPT_FIRED: Final = 200
"""Rules that are remembered: twice as many as a policy has, for those of policies before."""

KEPT_HELD: Final = 5
"""How many triggers that were held are shown; all are counted."""

MOST_HOLDS: Final = 24
"""Promotions that wait at once."""


class Fired(Struct, frozen=True, array_like=True, gc=False):
    """When a rule last fired for this customer, and how often it has."""

    rule: str
    at: Instant
    times: int


class Held(Struct, frozen=True, array_like=True, gc=False):
    """A trigger that something held back: `reason` is a word of `hold`."""

    rule: str
    at: Instant
    reason: str


class Hold(Struct, frozen=True, array_like=True, gc=False):
    """A promotion that is held back now, and will be decided afresh."""

    rule: str
    case: int
    """Which case of the rule, from 0."""
    basis: str
    """What makes its trigger's id."""
    since: Instant
    at: Instant
    """When that happened which had set it off."""
    what: str
    """What it was."""
    left: str = ""
    """The segment that was left, if one was."""
    rating: float | None = None
    """Of the review, if it was one."""
    by: str = ""
    """What the customer was called then, if that was before a join: the trigger's id says so."""


class Recovery(Struct, frozen=True, array_like=True, gc=False):
    """A trigger that asked for service recovery: its delivery ends cases."""

    at: Instant
    trigger: bytes
    """The first bytes of its id."""


class Memory(Struct, frozen=True, array_like=True, gc=False):
    """What the rules remember."""

    fired: tuple[Fired, ...] = ()
    held_count: int = 0
    held: tuple[Held, ...] = ()
    """The latest ones."""
    waiting: tuple[Hold, ...] = ()
    """By rule; one of each at most."""
    promoted: tuple[Instant, ...] = ()
    """The latest promotional triggers, see `hold`."""
    recoveries: tuple[Recovery, ...] = ()
    """The latest ones."""

    def last_fired(self, rule: str) -> Fired | None:
        """The last firing of a rule, or None."""
        for fired in self.fired:
            if fired.rule == rule:
                return fired
        return None


NOTHING: Final = Memory()


def latest_holds(waiting: Iterable[Hold]) -> tuple[Hold, ...]:
    """What waits, by rule: of too much what has not waited as long."""
    latest = sorted(waiting, key=lambda each: (each.since, each.rule))[-MOST_HOLDS:]
    return tuple(sorted(latest, key=lambda each: each.rule))


def with_hold(memory: Memory, waiting: Hold) -> Memory:
    """Return the memory with what waits now; of a rule the latest waits alone."""
    others = [each for each in memory.waiting if each.rule != waiting.rule]
    return replace(memory, waiting=latest_holds((*others, waiting)))


def with_held(memory: Memory, held: Held) -> Memory:
    """Return the memory with a trigger that was held: all are counted."""
    kept = (*memory.held, held)[-KEPT_HELD:]
    return replace(memory, held_count=memory.held_count + 1, held=kept)


def release_holds(memory: Memory, at: Instant, reason: str) -> Memory:
    """Return the memory with nothing that waits: all of it is held."""
    for each in memory.waiting:
        memory = with_held(memory, Held(each.rule, at, reason))
    return replace(memory, waiting=())


_encode: Final = msgpack.Encoder().encode
_decode: Final = msgpack.Decoder(Memory).decode


def pack_memory(memory: Memory) -> bytes:
    """The memory as bytes: none if there is nothing in it."""
    return b"" if memory == NOTHING else _encode(memory)


def unpack_memory(packed: bytes) -> Memory:
    """The memory in bytes of `pack_memory`."""
    return _decode(packed) if packed else NOTHING
