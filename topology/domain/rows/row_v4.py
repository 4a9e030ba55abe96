"""Rows of version 4: they have neither their currency nor whether history comes in.

They have consent twice: as a trait, and by purpose.
"""

from typing import Final

from schemas.messages.spelling import as_purpose
from schemas.messages.traits import CONSENT
from topology.domain.history.consent import UNSPECIFIED, Consent, code_of, merge_consent
from topology.domain.history.instant import Instant
from topology.domain.history.names import Names
from topology.domain.history.record import Stored, decoder, replace
from topology.domain.history.state import ROW_VERSION, History, Scores, State

VERSION: Final = 4


class StateV4(Stored, frozen=True):
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


_decode: Final = decoder(StateV4)


def upgrade(value: bytes) -> State:
    """Read a row of version 4.

    Raises:
        DecodeError: the bytes are none.
    """
    return of_version_4(_decode(value))


def of_version_4(old: StateV4) -> State:
    """The row as it is today: its amounts are in the policy's currency, which it does not name."""
    return State(
        version=ROW_VERSION,
        policy_version=old.policy_version,
        wake_at=old.wake_at,
        customer_id=old.customer_id,
        as_of=old.as_of,
        currency="",
        settles_at=None,
        clock=old.clock,
        segment=old.segment,
        sequence=old.sequence,
        scores=old.scores,
        history=_with_one_consent(old.history),
        remembered=old.remembered,
        seen=old.seen,
        stage=old.stage,
        tier=old.tier,
        care=old.care,
        stage_since=old.stage_since,
        known_by=old.known_by,
    )


def _with_one_consent(history: History) -> History:
    """The history without the trait `consent`, and with purposes in small letters.

    A row of before purposes were kept has nothing else: its status stays, but for no purpose that a
    policy could ask for, because the trait does not name one.
    """
    person = history.known_person
    if person is None:
        return history
    purposes = tuple(replace(each, purpose=as_purpose(each.purpose)) for each in person.purposes)
    names = frozenset(each.purpose for each in purposes)
    purposes = merge_consent(purposes, (), names)
    word = next((each for each in person.traits if each.name == CONSENT), None)
    code = None if word is None else code_of(word.value)
    if word is not None and code is not None and not purposes:
        purposes = (Consent(UNSPECIFIED, word.at, code),)
    traits = tuple(each for each in person.traits if each is not word)
    return replace(history, known_person=replace(person, traits=traits, purposes=purposes))
