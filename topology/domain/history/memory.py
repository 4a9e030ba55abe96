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

MOST_REVIEWS: Final = 24
"""Reviews of one customer at most."""


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


class ScheduledRelease(Stored, frozen=True):
    """The release of a held trigger that waits for its turn."""

    not_before: Instant
    by: str
    held: bytes
    """The record of the held trigger, JSON."""


class Review(Stored, frozen=True):
    """A held trigger that was released or dismissed, or whose release waits for its turn.

    It is remembered until the trigger expires: after that nothing can release it.
    """

    trigger: bytes
    """The first bytes of its id."""
    expires_at: Instant
    release: ScheduledRelease | None = None


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
    reviews: tuple[Review, ...] = ()
    """Of held triggers. Only in bytes if there are any."""

    def last_fired(self, rule: str) -> Fired | None:
        """The last firing of a rule, or None."""
        for fired in self.fired:
            if fired.rule == rule:
                return fired
        return None

    def times_fired(self, rule: str) -> int:
        """How often a rule has fired."""
        last = self.last_fired(rule)
        return 0 if last is None else last.times


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
_decode_parts: Final = msgpack.Decoder(tuple[Raw, ...]).decode
_HOLDS: Final = fields_of(Memory).index("holds")
_REVIEWS: Final = fields_of(Memory).index("reviews")
_EMPTY: Final = 1
"""Bytes of an array of nothing."""
_SHORT: Final = bytes([0x90 | _REVIEWS])
"""The beginning of an array of all fields before the reviews."""


def pack_memory(memory: Memory) -> bytes:
    """The memory as bytes: none if there is nothing in it."""
    if memory == NOTHING:
        return b""
    packed = encode(memory)
    return packed if memory.reviews else _SHORT + packed[1:-_EMPTY]


def is_waiting(packed: bytes) -> bool:
    """True if a promotion is held, or if there are reviews.

    The other parts are passed over, not decoded.
    """
    if not packed:
        return False
    parts = _decode_parts(packed)
    return len(parts[_HOLDS]) > _EMPTY or len(parts) > _REVIEWS


def unpack_memory(packed: bytes) -> Memory:
    """The memory in bytes of `pack_memory`."""
    return _decode(packed) if packed else NOTHING
