"""Rows of version 4: they say neither their currency nor whether history comes in."""

from typing import Final

from msgspec import Struct, msgpack

from topology.domain.facts.instant import Instant
from topology.domain.facts.names import Names
from topology.domain.facts.state import ROW_VERSION, Facts, Sheet, State

VERSION: Final = 4


class StateV4(Struct, frozen=True, array_like=True, gc=False):
    """The row of version 4."""

    version: int
    policy_version: str
    wake_at: Instant | None
    customer_id: str
    as_of: Instant
    clock: Instant
    segment: str
    sequence: int
    sheet: Sheet
    facts: Facts
    remembered: bytes
    seen: bytes
    stage: str = ""
    tier: str = ""
    care: str = ""
    stage_since: Instant | None = None
    known_by: Names | bool = False


_DECODER: Final = msgpack.Decoder(StateV4)


def upgrade(value: bytes) -> State:
    """Read a row of version 4.

    Raises:
        DecodeError: the bytes are none.
    """
    return of_version_4(_DECODER.decode(value))


def of_version_4(old: StateV4) -> State:
    """The row as it is today: its amounts are in the policy's currency, which it does not name."""
    return State(
        ROW_VERSION,
        old.policy_version,
        old.wake_at,
        old.customer_id,
        old.as_of,
        "",
        None,
        old.clock,
        old.segment,
        old.sequence,
        old.sheet,
        old.facts,
        old.remembered,
        old.seen,
        old.stage,
        old.tier,
        old.care,
        old.stage_since,
        old.known_by,
    )
