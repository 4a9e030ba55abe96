"""Rows of version 3: what the rules remember and the contacts are not packed."""

from typing import Final

from topology.domain.history.contacts import Contact, pack_contacts
from topology.domain.history.instant import Instant
from topology.domain.history.ledger import EMPTY, Ledger
from topology.domain.history.memory import Memory, pack_memory
from topology.domain.history.names import UNKNOWN, Names, in_short
from topology.domain.history.person import NOBODY, Person
from topology.domain.history.record import Stored, decoder
from topology.domain.history.state import Case, History, Past, Refund, Resolution, Scores, State
from topology.domain.rows import row_v4

VERSION: Final = 3


class HistoryV3(Stored, frozen=True):
    """The history of version 3."""

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


class StateV3(Stored, frozen=True):
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


_decode: Final = decoder(StateV3)


def upgrade(value: bytes) -> State:
    """Read a row of version 3.

    Raises:
        DecodeError: the bytes are none.
    """
    old = _decode(value)
    new = row_v4.StateV4(
        version=row_v4.VERSION,
        policy_version=old.policy_version,
        wake_at=old.wake_at,
        customer_id=old.customer_id,
        as_of=old.as_of,
        clock=old.clock,
        segment=old.segment,
        sequence=old.sequence,
        scores=old.scores,
        history=_upgrade_history(old.history),
        remembered=pack_memory(old.memory),
        seen=old.seen,
        stage=old.stage,
        tier=old.tier,
        care=old.care,
        stage_since=old.stage_since,
        known_by=in_short(old.names or UNKNOWN),
    )
    return row_v4.of_version_4(new)


def _upgrade_history(old: HistoryV3) -> History:
    return History(
        first_seen_at=old.first_seen_at,
        last_seen_at=old.last_seen_at,
        events=old.events,
        ledger=old.ledger,
        past=old.past,
        refunds=old.refunds,
        cases=old.cases,
        resolutions=old.resolutions,
        acted_at=old.acted_at,
        attempts=old.attempts,
        bought_over=old.bought_over,
        looked_at=old.looked_at,
        touches=old.touches,
        contacts=pack_contacts([Contact(*each) for each in old.contacts]),
        looks=old.looks,
        buys=old.buys,
        known_person=None if old.person == NOBODY else old.person,
    )
