"""Memory: what the rules remember of a customer, packed in the row.

Most events set no rule off: then nobody unpacks it.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Raw, msgpack

from topology.domain.history.instant import Instant
from topology.domain.history.record import Stored, decoder, encode, fields_of, replace

KEPT_FIRED: Final = 200
"""Rules that are remembered: twice as many as a policy has, for those of policies before."""

KEPT_HELD: Final = 5
"""How many held triggers the view shows; all are counted."""

MOST_HOLDS: Final = 24
"""Held promotions of one customer at most."""


class Fired(Stored, frozen=True):
    """When a rule last fired for this customer, and how often it has."""

    rule: str
    at: Instant
    times: int


class Held(Stored, frozen=True):
    """A trigger that was held: `reason` is a key of `promotion_gate.REASONS`."""

    rule: str
    at: Instant
    reason: str


class Hold(Stored, frozen=True):
    """A held promotion, which will be decided again."""

    rule: str
    case: int
    """Which case of the rule, from 0."""
    basis: str
    """What makes its trigger's id."""
    since: Instant
    at: Instant
    """When its occasion happened."""
    what: str
    """What it was."""
    left: str = ""
    """The segment that was left, if one was."""
    rating: float | None = None
    """Of the review, if it was one."""
    by: str = ""
    """The customer id then, if that was before a join: it makes the trigger's id."""


class Recovery(Stored, frozen=True):
    """A trigger that asked for service recovery: its delivery ends cases."""

    at: Instant
    trigger: bytes
    """The first bytes of its id."""


class Memory(Stored, frozen=True):
    """What the rules remember."""

    fired: tuple[Fired, ...] = ()
    held_count: int = 0
    held: tuple[Held, ...] = ()
    """The latest ones."""
    holds: tuple[Hold, ...] = ()
    """By rule; one of each at most."""
    promoted: tuple[Instant, ...] = ()
    """The latest promotional triggers, for the frequency caps."""
    recoveries: tuple[Recovery, ...] = ()
    """The latest ones."""

    def last_fired(self, rule: str) -> Fired | None:
        """The last firing of a rule, or None."""
        for fired in self.fired:
            if fired.rule == rule:
                return fired
        return None


NOTHING: Final = Memory()


def latest_holds(holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """The held promotions, by rule: of too many the latest."""
    latest = sorted(holds, key=lambda each: (each.since, each.rule))[-MOST_HOLDS:]
    return tuple(sorted(latest, key=lambda each: each.rule))


def with_hold(memory: Memory, hold: Hold) -> Memory:
    """Return the memory with a hold; it replaces an earlier one of its rule."""
    others = [each for each in memory.holds if each.rule != hold.rule]
    return replace(memory, holds=latest_holds((*others, hold)))


def with_held(memory: Memory, held: Held) -> Memory:
    """Return the memory with a trigger that was held: all are counted."""
    kept = (*memory.held, held)[-KEPT_HELD:]
    return replace(memory, held_count=memory.held_count + 1, held=kept)


def release_holds(memory: Memory, at: Instant, reason: str) -> Memory:
    """Return the memory without holds: all of them count as held triggers."""
    for each in memory.holds:
        memory = with_held(memory, Held(each.rule, at, reason))
    return replace(memory, holds=())


_decode: Final = decoder(Memory)
_decode_parts: Final = msgpack.Decoder(tuple[Raw, Raw, Raw, Raw, Raw, Raw]).decode
_HOLDS: Final = fields_of(Memory).index("holds")
_EMPTY: Final = 1
"""Bytes of an array of nothing."""


def pack_memory(memory: Memory) -> bytes:
    """The memory as bytes: none if there is nothing in it."""
    return b"" if memory == NOTHING else encode(memory)


def has_holds(packed: bytes) -> bool:
    """True if a promotion is held. The other parts are passed over, not decoded."""
    return len(packed) > 0 and len(_decode_parts(packed)[_HOLDS]) > _EMPTY


def unpack_memory(packed: bytes) -> Memory:
    """The memory in bytes of `pack_memory`."""
    return _decode(packed) if packed else NOTHING
