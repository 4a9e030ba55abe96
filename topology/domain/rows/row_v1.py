"""Rows of version 1: their orders are not packed, but lie in the history one by one."""

from typing import Final

from topology.domain.history.instant import Instant
from topology.domain.history.ledger import Order, pack
from topology.domain.history.memory import Memory, pack_memory
from topology.domain.history.record import Stored, decoder
from topology.domain.history.state import Case, History, Past, Refund, Resolution, Scores, State
from topology.domain.rows import row_v4

VERSION: Final = 1


class HistoryV1(Stored, frozen=True):
    """The history of version 1."""

    first_seen_at: Instant
    last_seen_at: Instant
    events: int
    orders: tuple[Order, ...]
    past: Past | None
    refunds: tuple[Refund, ...]
    cases: tuple[Case, ...]
    resolutions: tuple[Resolution, ...]


class StateV1(Stored, frozen=True):
    """The row of version 1."""

    version: int
    policy_version: str
    wake_at: Instant | None
    customer_id: str
    as_of: Instant
    clock: Instant
    segment: str
    sequence: int
    scores: Scores
    history: HistoryV1
    memory: Memory
    seen: bytes


_decode: Final = decoder(StateV1)


def upgrade(value: bytes) -> State:
    """Read a row of version 1. The latest event counts as the latest act.

    Raises:
        DecodeError: the bytes are none.
    """
    old = _decode(value)
    history = old.history
    new = row_v4.StateV4(
        version=row_v4.VERSION,
        policy_version="",
        wake_at=old.wake_at,
        customer_id=old.customer_id,
        as_of=old.as_of,
        clock=old.clock,
        segment=old.segment,
        sequence=old.sequence,
        scores=old.scores,
        history=History(
            first_seen_at=history.first_seen_at,
            last_seen_at=history.last_seen_at,
            events=history.events,
            ledger=pack(history.orders),
            past=history.past,
            refunds=history.refunds,
            cases=history.cases,
            resolutions=history.resolutions,
            acted_at=history.last_seen_at,
        ),
        remembered=pack_memory(old.memory),
        seen=old.seen,
    )
    return row_v4.of_version_4(new)
