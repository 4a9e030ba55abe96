"""The row of one customer: what is remembered between two events."""

from typing import Final

from msgspec import Struct

from topology.domain.facts.instant import Instant
from topology.domain.facts.ledger import EMPTY, Ledger, Order, unpack
from topology.domain.facts.names import Names
from topology.domain.facts.person import NOBODY, Person
from topology.domain.facts.touchpoints import Contact

ROW_VERSION: Final = 3


class Refund(Struct, frozen=True, array_like=True, gc=False):
    """Refunds of an order that has not arrived yet."""

    order_id: str
    refunded: int | None
    whole: bool


class Past(Struct, frozen=True, array_like=True, gc=False):
    """Orders long out of the window, folded into sums: they can't be refunded any more."""

    orders: int
    revenue: int
    first_at: Instant
    last_at: Instant


COMPLAINT: Final = 0
REVIEW: Final = 1
SURVEY: Final = 2
MENTION: Final = 3


class Case(Struct, frozen=True, array_like=True, gc=False):
    """A disappointment that asks for service recovery."""

    opened_at: Instant
    message_id: str
    ticket_id: str | None
    kind: int = COMPLAINT


class Resolution(Struct, frozen=True, array_like=True, gc=False):
    """What ends cases: a complaint's resolution, or a delivered act of service recovery.

    A resolution ends all complaints if it names no ticket.
    """

    at: Instant
    ticket_id: str | None
    delivered: bool = False


class Facts(Struct, frozen=True, array_like=True, gc=False):
    """What is known of a customer. The same events give the same facts, in whatever order."""

    first_seen_at: Instant
    last_seen_at: Instant
    events: int = 0
    ledger: Ledger = EMPTY
    past: Past | None = None
    refunds: tuple[Refund, ...] = ()
    cases: tuple[Case, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    acted_at: Instant | None = None
    """The latest act of the customer's own."""
    attempts: tuple[Instant, ...] = ()
    """The retention actions delivered since then, see `attempts`."""
    bought_over: int = 0
    """A bit for each channel that an order has ever come over."""
    looked_at: Instant | None = None
    """The latest look online."""
    touches: bytes = b""
    contacts: tuple[Contact, ...] = ()
    looks: bytes = b""
    buys: bytes = b""
    person: Person = NOBODY

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders that are kept whole, by time, then id. They are unpacked anew each time."""
        return unpack(self.ledger)


class Sheet(Struct, frozen=True, array_like=True, gc=False):
    """The figures that follow from the facts at one instant. Revenue is in minor units."""

    last_order_at: Instant | None
    oldest_in_window_at: Instant | None
    orders_in_window: int
    revenue_in_window: int
    orders_total: int
    recency: int
    frequency: int
    monetary: int


class Fired(Struct, frozen=True, array_like=True, gc=False):
    """When a rule last fired for this customer, and how often it has."""

    rule: str
    at: Instant
    times: int


class Held(Struct, frozen=True, array_like=True, gc=False):
    """A trigger that something held back: `reason` is a word of `hold`."""

    rule: str
    at: Instant
    reason: str


class Waiting(Struct, frozen=True, array_like=True, gc=False):
    """A promotion that is held back now, and will be decided afresh."""

    rule: str
    case: int
    """Which case of the rule, from 0."""
    basis: str
    """What makes its trigger's id."""
    since: Instant
    at: Instant
    """When that happened which had set it off."""
    what: str
    """What it was."""
    left: str = ""
    """The segment that was left, if one was."""
    rating: float | None = None
    """Of the review, if it was one."""
    by: str = ""
    """What the customer was called then, if that was before a join: the trigger's id says so."""


class Recovery(Struct, frozen=True, array_like=True, gc=False):
    """A trigger that asked for service recovery: its delivery ends cases."""

    at: Instant
    trigger: bytes
    """The first bytes of its id."""


class Memory(Struct, frozen=True, array_like=True, gc=False):
    """What the rules remember."""

    fired: tuple[Fired, ...] = ()
    held_count: int = 0
    held: tuple[Held, ...] = ()
    """The latest ones."""
    waiting: tuple[Waiting, ...] = ()
    """By rule; one of each at most."""
    promoted: tuple[Instant, ...] = ()
    """The latest promotional triggers, see `hold`."""
    recoveries: tuple[Recovery, ...] = ()
    """The latest ones."""

    def last_fired(self, rule: str) -> Fired | None:
        """The last firing of a rule, or None."""
        for fired in self.fired:
            if fired.rule == rule:
                return fired
        return None


class State(Struct, frozen=True, array_like=True, gc=False):
    """The row."""

    version: int
    policy_version: str
    wake_at: Instant | None
    """When the row changes next by the clock alone: `wake.next_wake` of the rest."""
    customer_id: str
    """What the customer is called: the row's key, until an alias says otherwise."""
    as_of: Instant
    """The customer's present: the instant up to which the clock has come for this row."""
    clock: Instant
    """The partition's clock when the row was last touched."""
    segment: str
    sequence: int
    """How many transitions there have been."""
    sheet: Sheet
    facts: Facts
    memory: Memory
    seen: bytes
    """The message ids of late, see `seen`."""
    stage: str = ""
    tier: str = ""
    care: str = ""
    stage_since: Instant | None = None
    """When the stage was come to; None without such a transition."""
    names: Names | None = None
    """The person's names; None as long as there is nothing to say of them."""
