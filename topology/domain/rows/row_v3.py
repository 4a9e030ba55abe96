"""Rows of version 3: what the rules remember and the contacts are not packed."""

from typing import Final

from msgspec import Struct, msgpack

from topology.domain.history.contacts import Contact, pack_contacts
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import EMPTY, Ledger
from topology.domain.history.memory import Memory, pack_memory
from topology.domain.history.names import UNKNOWN, Names, in_short
from topology.domain.history.person import NOBODY, Person
from topology.domain.history.state import Case, History, Past, Refund, Resolution, Scores, State
from topology.domain.rows import row_v4

VERSION: Final = 3


class HistoryV3(Struct, frozen=True, array_like=True, gc=False):
    """The facts of version 3."""

    first_seen_at: Instant
    last_seen_at: Instant
    events: int = 0
    ledger: Ledger = EMPTY
    past: Past | None = None
    refunds: tuple[Refund, ...] = ()
    cases: tuple[Case, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    acted_at: Instant | None = None
    attempts: tuple[Instant, ...] = ()
    bought_over: int = 0
    looked_at: Instant | None = None
    touches: bytes = b""
    contacts: tuple[tuple[int, Instant, Instant, int], ...] = ()
    looks: bytes = b""
    buys: bytes = b""
    person: Person = NOBODY


class StateV3(Struct, frozen=True, array_like=True, gc=False):
    """The row of version 3."""

    version: int
    policy_version: str
    wake_at: Instant | None
    customer_id: str
    as_of: Instant
    clock: Instant
    segment: str
    sequence: int
    scores: Scores
    history: HistoryV3
    memory: Memory
    seen: bytes
    stage: str = ""
    tier: str = ""
    care: str = ""
    stage_since: Instant | None = None
    names: Names | None = None


_DECODER: Final = msgpack.Decoder(StateV3)


def upgrade(value: bytes) -> State:
    """Read a row of version 3.

    Raises:
        DecodeError: the bytes are none.
    """
    old = _DECODER.decode(value)
    new = row_v4.StateV4(
        row_v4.VERSION,
        old.policy_version,
        old.wake_at,
        old.customer_id,
        old.as_of,
        old.clock,
        old.segment,
        old.sequence,
        old.scores,
        _upgrade_history(old.history),
        pack_memory(old.memory),
        old.seen,
        old.stage,
        old.tier,
        old.care,
        old.stage_since,
        in_short(old.names or UNKNOWN),
    )
    return row_v4.of_version_4(new)


def _upgrade_history(old: HistoryV3) -> History:
    return History(
        old.first_seen_at,
        old.last_seen_at,
        old.events,
        old.ledger,
        old.past,
        old.refunds,
        old.cases,
        old.resolutions,
        old.acted_at,
        old.attempts,
        old.bought_over,
        old.looked_at,
        old.touches,
        pack_contacts([Contact(*each) for each in old.contacts]),
        old.looks,
        old.buys,
        None if old.person == NOBODY else old.person,
    )
