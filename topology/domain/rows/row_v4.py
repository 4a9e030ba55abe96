"""Rows of version 4: they say neither their currency nor whether history comes in.

They know consent twice: as a trait, and by purpose.
"""

from typing import Final

from msgspec import Struct, msgpack
from msgspec.structs import replace

from topology.domain.history.consent import (
    DENIED,
    GRANTED,
    SAID_UNDER,
    UNSPECIFIED,
    Consent,
    is_given,
)
from topology.domain.history.instant import Instant
from topology.domain.history.names import Names
from topology.domain.history.state import ROW_VERSION, History, Scores, State

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
    scores: Scores
    history: History
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
        old.scores,
        _with_one_consent(old.history),
        old.remembered,
        old.seen,
        old.stage,
        old.tier,
        old.care,
        old.stage_since,
        old.known_by,
    )


def _with_one_consent(history: History) -> History:
    """The facts without the trait `consent`.

    A row of before purposes were kept knows nothing else: its word stays, but for no purpose that
    a policy could ask for, because the trait does not say what was agreed to.
    """
    told = history.told
    if told is None:
        return history
    said = next((each for each in told.traits if each.name == SAID_UNDER), None)
    if said is None:
        return history
    word = Consent(UNSPECIFIED, said.at, GRANTED if is_given(said.value) else DENIED)
    traits = tuple(each for each in told.traits if each is not said)
    told = replace(told, traits=traits, purposes=told.purposes or (word,))
    return replace(history, told=told)
