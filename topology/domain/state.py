"""The row of one customer: what is remembered between two events."""

from typing import Final

from msgspec import Struct

from topology.domain.instant import Instant
from topology.domain.ledger import EMPTY, Ledger, Order, unpack
from topology.domain.names import Names

ROW_VERSION: Final = 2


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


class Case(Struct, frozen=True, array_like=True, gc=False):
    """A complaint or a bad review that asks for service recovery."""

    opened_at: Instant
    message_id: str
    ticket_id: str | None


class Resolution(Struct, frozen=True, array_like=True, gc=False):
    """The end of a complaint: of all that are open, if it names no ticket."""

    at: Instant
    ticket_id: str | None


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
    """A promotion that an open complaint held back."""

    rule: str
    at: Instant
    reason: str


class Memory(Struct, frozen=True, array_like=True, gc=False):
    """What the rules remember."""

    fired: tuple[Fired, ...] = ()
    held_count: int = 0
    held: tuple[Held, ...] = ()
    """The latest ones."""

    def last_fired(self, rule: str) -> Fired | None:
        """The last firing of a rule, or None."""
        return next((fired for fired in self.fired if fired.rule == rule), None)


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
    names: Names | None = None
    """The person's names; None as long as there is nothing to say of them."""
