"""The row of one customer: what is remembered between two events."""

from collections.abc import Callable, Mapping
from operator import add, or_
from types import MappingProxyType
from typing import Any, Final

from topology.domain.history.contacts import merge_contacts
from topology.domain.history.foreign import Part
from topology.domain.history.instant import Instant, later
from topology.domain.history.ledger import EMPTY, Edit, Ledger, NamedRefund, Order, unpack
from topology.domain.history.memory import Memory, unpack_memory
from topology.domain.history.names import Names, in_full
from topology.domain.history.person import NOBODY, Person
from topology.domain.history.record import Stored, replace
from topology.domain.history.research import merge_things
from topology.domain.history.touchpoints import merge_touchpoints

ROW_VERSION: Final = 5


class Refund(Stored, frozen=True):
    """Refunds of an order that has not arrived yet, and perhaps its edit."""

    order_id: str
    refunded: int | tuple[Part, ...] | None
    """The parts without an id, added up; by currency unless all of them are in the policy's."""
    whole: bool
    at: Instant = 0
    """When the latest of them was made; 0 in rows of before version 5."""
    named: tuple[NamedRefund, ...] = ()
    """Those parts that have an id; they are not in the sum."""
    edit: Edit | None = None
    """The latest edit, if it might be of an order that is folded."""


class Past(Stored, frozen=True):
    """Orders that are folded into sums: they can't be refunded any more. See `day_sums`."""

    orders: int
    revenue: int
    first_at: Instant
    """When the first one was made."""
    last_at: Instant
    """When the day of the last one began; in rows of before version 5 when it was made."""
    days: bytes = b""
    """Those of them that may be in the window, by day: see `day_sums`."""
    over: tuple[tuple[int, int], ...] = ()
    """How many came over each channel. Orders that were folded before version 5 are missing."""


COMPLAINT: Final = 0
REVIEW: Final = 1
SURVEY: Final = 2
MENTION: Final = 3


class Case(Stored, frozen=True):
    """A disappointment that asks for service recovery."""

    opened_at: Instant
    message_id: str
    ticket_id: str | None
    kind: int = COMPLAINT


class Resolution(Stored, frozen=True):
    """The end of cases: a complaint's resolution, or a delivered act of service recovery.

    A resolution ends all complaints if it names no ticket.
    """

    at: Instant
    ticket_id: str | None
    delivered: bool = False


class History(Stored, frozen=True):
    """What is stored about a customer. The same events give the same history, in whatever order."""

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
    """The retention actions that were delivered since then, see `attempts`."""
    bought_over: int = 0
    """A bit for each channel that an order has ever come over."""
    looked_at: Instant | None = None
    """The latest look online."""
    touches: bytes = b""
    contacts: bytes = b""
    looks: bytes = b""
    buys: bytes = b""
    known_person: Person | None = None
    """What is known of the customer beside their events, see `person`; None if nothing is."""
    shared_at: Instant | None = None
    """The latest order that was one of too many within a day: see `shared_id`."""

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders that are kept whole, by time, then id. They are unpacked anew each time."""
        return unpack(self.ledger)

    @property
    def person(self) -> Person:
        """What is known of the customer beside what they do."""
        return self.known_person or NOBODY


MERGED: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {
        "first_seen_at": min,
        "last_seen_at": max,
        "events": add,
        "acted_at": later,
        "bought_over": or_,
        "looked_at": later,
        "touches": merge_touchpoints,
        "contacts": merge_contacts,
        "looks": merge_things,
        "buys": merge_things,
        "shared_at": later,
    }
)
"""How two histories of one person become one, by the field. The other fields depend on several, or
on the policy: `steps.merge` merges them."""


class Scores(Stored, frozen=True):
    """The figures that follow from the history at one instant. Revenue is in minor units."""

    last_order_at: Instant | None
    oldest_in_window_at: Instant | None
    orders_in_window: int
    revenue_in_window: int
    orders_total: int
    recency: int
    frequency: int
    monetary: int


class Paused(Stored, frozen=True):
    """Where a row goes on whose clock waits for the rest of its history.

    Meanwhile the row itself has the values of now, for whoever reads it.
    """

    as_of: Instant
    wake_at: Instant | None
    segment: str
    stage: str
    tier: str
    care: str
    scores: Scores


class State(Stored, frozen=True):
    """The row."""

    version: int
    policy_version: str
    wake_at: Instant | None
    """When the row changes next by the clock alone: `wake.next_wake` of the rest."""
    customer_id: str
    """What the customer is called: the row's key, until an alias says otherwise."""
    as_of: Instant
    """The customer's present: the instant up to which the clock has walked this row."""
    currency: str
    """In which all of its amounts are. Empty in a row of before version 5: the policy's."""
    settles_at: Instant | None
    """While history comes in: when the clock goes on for this row. None if none does."""
    clock: Instant
    """The partition's clock when the row was last touched."""
    segment: str
    sequence: int
    """How many transitions there have been."""
    scores: Scores
    history: History
    remembered: bytes
    """What the rules remember, packed: see `memory`."""
    seen: bytes
    """Recently seen message ids, see `seen`."""
    stage: str = ""
    tier: str = ""
    care: str = ""
    stage_since: Instant | None = None
    """When the stage was come to; None without such a transition."""
    known_by: Names | bool = False
    """The person's names, in short: see `names`."""
    quiet_until: Instant | None = None
    """No trigger of the clock until then is sent: an import was quiet, or in no order."""
    paused: Paused | None = None
    """Only in bytes, and only while history comes in: see `settling`."""

    @property
    def names(self) -> Names:
        """The person's names."""
        return in_full(self.known_by)

    @property
    def memory(self) -> Memory:
        """What the rules remember. It is unpacked anew each time."""
        return unpack_memory(self.remembered)


def with_person(history: History, person: Person) -> History:
    """Return the history with what is known of the customer from now on."""
    return replace(history, known_person=None if person == NOBODY else person)
