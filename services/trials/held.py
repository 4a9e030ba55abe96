"""Held triggers: found in the rows, which also count those that the promotion gate holds."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import msgpack

from services.trials.outcome import UNKNOWN_REASON
from topology.batching.handler import Row
from topology.domain.history.instant import Instant
from topology.domain.history.memory import unpack_memory
from topology.domain.history.record import fields_of
from topology.domain.history.state import ROW_VERSION, State

_FIELDS: Final = fields_of(State)
_READ: Final[Mapping[str, Any]] = {"version": int, "customer_id": str, "remembered": bytes}
_Glance: Final = msgspec.defstruct(
    "_Glance",
    [(name, _READ.get(name, msgspec.Raw)) for name in _FIELDS[: _FIELDS.index("remembered") + 1]],
    array_like=True,
    gc=False,
)
"""The beginning of a row: most rows change without a word of their memory."""
_glance: Final = msgpack.Decoder(_Glance).decode


class HeldTrigger(NamedTuple):
    """A trigger that was held, and why: a key of `promotion_gate.REASONS`."""

    customer: str
    rule: str
    at: Instant
    reason: str


class HeldWatch:
    """Watches the rows for held triggers."""

    def __init__(self) -> None:
        self.found: dict[HeldTrigger, int] = {}
        """How often each was held, in order. A row that joins another one brings its own again."""
        self._seen: dict[bytes, tuple[bytes, int]] = {}

    def check(self, rows: Mapping[bytes, Row], now: Instant) -> None:
        """Check rows that have changed. `now` stands in for a time that is not known."""
        for key, row in rows.items():
            if row.value is None:
                self._seen.pop(key, None)
                continue
            try:
                glance: Any = _glance(row.value)
            except msgspec.DecodeError:
                continue  # A forwarding entry, or a tombstone.
            if glance.version == ROW_VERSION and glance.remembered:
                self._compare(key, glance, now)

    def _compare(self, key: bytes, glance: Any, now: Instant) -> None:
        packed, count = self._seen.get(key, (b"", 0))
        if packed == glance.remembered:
            return
        memory = unpack_memory(glance.remembered)
        self._seen[key] = glance.remembered, memory.held_count
        more = memory.held_count - count
        if more <= 0:
            return
        for each in memory.held[-more:]:
            held = HeldTrigger(glance.customer_id, each.rule, each.at, each.reason)
            self.found.setdefault(held, 1)
        if more > len(memory.held):
            lost = HeldTrigger(glance.customer_id, "", now, UNKNOWN_REASON)
            self.found[lost] = self.found.get(lost, 0) + more - len(memory.held)
