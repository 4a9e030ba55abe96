"""The outcome of one policy: plain data that one process can send to another."""

from typing import Final, TypeAlias

from msgspec import Struct

from topology.domain.history.instant import Instant

Values: TypeAlias = tuple[str, ...]
"""The values of the dimensions, in the order of `Dimension`."""


class TrialAction(Struct, frozen=True, array_like=True, gc=False, order=True):
    """What a trigger asks for."""

    kind: str
    offer: str = ""
    channel: str = ""
    template: str = ""
    priority: str = ""


class TrialTrigger(Struct, frozen=True, array_like=True, gc=False):
    """A trigger that the simulation has raised."""

    id: str
    customer: str
    rule: str
    at: Instant
    """When it took effect."""
    created_at: Instant
    """The worker's time then."""
    sent_at: Instant
    """The end of the quiet hours, if it came about within them, else `at`."""
    by_clock: bool
    action: TrialAction
    segment: str
    """The customer's segment after it."""


class CustomerAtEnd(Struct, frozen=True, array_like=True, gc=False):
    """Where a customer stands at the end."""

    customer: str
    values: Values
    revenue: int
    """In the policy's window, in minor units."""
    first_seen_at: Instant


class HeldTotal(Struct, frozen=True, array_like=True, gc=False):
    """How often a rule was held for one reason."""

    rule: str
    reason: str
    count: int


class AheadTotal(Struct, frozen=True, array_like=True, gc=False):
    """How many triggers of one rule and action the clock alone would raise."""

    rule: str
    action: TrialAction
    count: int


class AdoptionTotal(Struct, frozen=True, array_like=True, gc=False):
    """What the switch to the other policy sets off of one rule."""

    rule: str
    held: int
    """With `adoption: hold`."""
    sent: int
    """With `adoption: fire`."""


class AdoptionOutcome(Struct, frozen=True, array_like=True, gc=False):
    """What the switch to the other policy sets off at the end."""

    totals: tuple[AdoptionTotal, ...]
    sent_at: tuple[Instant, ...]
    """When each trigger goes out that `adoption: fire` sends, in order."""


class Outcome(Struct, frozen=True, array_like=True, gc=False):
    """All that came of one policy."""

    began_at: Instant
    """The worker's time when the first record arrived."""
    ended_at: Instant
    """The simulated time at the end."""
    pending_from: Instant | None
    """When the first record arrived that no worker has processed; None: all are processed."""
    records: int
    """Events, without ticks."""
    refused: int
    """How many records went to the dead letters."""
    customers: tuple[CustomerAtEnd, ...]
    triggers: tuple[TrialTrigger, ...]
    """All of them, by time and customer."""
    held: tuple[HeldTotal, ...]
    ahead: tuple[AheadTotal, ...]
    adoption: AdoptionOutcome | None = None
    """None of the new policy: its rows adopt no other."""


UNKNOWN_REASON: Final = "more"
"""The reason of a held trigger that the row no longer had: it keeps the latest few."""
