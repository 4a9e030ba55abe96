"""The export of one customer: all that is held of them, as the law lets them ask for it.

(General Data Protection Regulation of the EU, articles 15 and 20.)
"""

from datetime import date
from typing import Literal

from pydantic import Field

from schemas.contract import Contract, UtcDatetime
from schemas.customer import Customer
from schemas.held import HeldTrigger
from schemas.transition import Transition
from schemas.trigger import Trigger


class ExportedMoney(Contract):
    """An amount as it was sent, in another currency than the policy's."""

    currency: str | None = Field(description="ISO 4217; null for the order's.")
    amount: str = Field(description="Major units, as text: 24.90.")


class ExportedOrder(Contract):
    """An order, and what became of it. Money is in minor units of the customer's currency."""

    order_id: str
    at: UtcDatetime
    channel: str
    total: int
    refunded: int = Field(description="The parts that were refunded, added up.")
    original: ExportedMoney | None = Field(
        default=None, description="What it was in the currency in which it was ordered."
    )
    refunds: tuple[ExportedMoney, ...] = Field(
        default=(),
        description="What was refunded in parts, by currency, if another one had to do with it.",
    )
    taken_back: bool = Field(description="Cancelled, or refunded as a whole.")
    edited_at: UtcDatetime | None = Field(
        default=None, description="When it was last edited; the total is what it came to then."
    )


class FoldedDay(Contract):
    """The folded orders of one day that may still be in the window."""

    day: date = Field(description="In UTC.")
    orders: int
    revenue: int = Field(description="Minor units.")


class FoldedOrders(Contract):
    """Orders older than the 256 latest: only their sums are kept."""

    orders: int
    revenue: int = Field(description="Minor units.")
    first_at: UtcDatetime
    last_at: UtcDatetime = Field(
        description="When the UTC day of the last one began; the exact time if an earlier release "
        "folded it."
    )
    days: tuple[FoldedDay, ...] = Field(description="Those that may still be in the window.")


class ExportedRefund(Contract):
    """A refund, or an edit, of an order that has not arrived."""

    order_id: str
    refunded: int
    refunds: tuple[ExportedMoney, ...] = Field(
        default=(), description="What is in another currency, or in the order's, whatever that is."
    )
    taken_back: bool
    at: UtcDatetime | None = Field(
        description="When the latest was made; null if an earlier release took it."
    )
    edited_at: UtcDatetime | None = Field(default=None, description="When it was last edited.")


CaseKind = Literal["complaint", "review", "survey", "mention"]
"""What opened a case."""


class ExportedCase(Contract):
    """A disappointment that asked for service recovery."""

    kind: CaseKind
    opened_at: UtcDatetime
    message_id: str
    ticket_id: str | None


class ExportedResolution(Contract):
    """What ended cases: a resolution, or a delivered act of service recovery."""

    at: UtcDatetime
    ticket_id: str | None
    delivered: bool


class ExportedReview(Contract):
    """A held trigger that was released or dismissed, or whose release waits for its turn."""

    trigger: str = Field(description="The beginning of its id.")
    expires_at: UtcDatetime
    not_before: UtcDatetime | None = Field(
        default=None, description="When its release is decided, if that waits for its turn."
    )


class ExportedWord(Contract):
    """A yes or a no, and when it was given."""

    at: UtcDatetime
    yes: bool


class ExportedFollow(Contract):
    """Whether the shop is followed on a network, and since when."""

    network: str
    at: UtcDatetime
    following: bool


class ExportedTrait(Contract):
    """A trait, and when it was sent."""

    name: str
    value: str | bool | int | float
    at: UtcDatetime


class ExportedSuppression(Contract):
    """Whether the customer is on the suppression list, by the latest event."""

    at: UtcDatetime
    suppressed: bool
    reason: str | None


class OnlyHashes(Contract):
    """How many hashes are kept of values that are recognised, but not stored."""

    message_ids: int
    things_looked_at: int
    things_bought: int
    refunds: int = 0


class CustomerRecords(Contract):
    """The history from which the view of a customer is computed."""

    orders: tuple[ExportedOrder, ...]
    folded_orders: FoldedOrders | None
    refunds: tuple[ExportedRefund, ...]
    cases: tuple[ExportedCase, ...]
    resolutions: tuple[ExportedResolution, ...]
    bought_over: tuple[str, ...] = Field(description="Channels, refunded orders included.")
    acted_at: UtcDatetime | None = Field(description="The latest act of their own.")
    looked_at: UtcDatetime | None = Field(description="The latest look at products online.")
    shared_at: UtcDatetime | None = Field(
        description="The latest order that was one of more within 24 hours than one person makes."
    )
    attempts: tuple[UtcDatetime, ...] = Field(
        description="Retention actions since they last acted."
    )
    promotions: tuple[UtcDatetime, ...] = Field(description="The latest promotional triggers.")
    recoveries: tuple[UtcDatetime, ...] = Field(
        description="The latest triggers of service recovery."
    )
    reviews: tuple[ExportedReview, ...] = Field(
        description="Decisions of the shop on held triggers, until these expire."
    )
    newsletter: ExportedWord | None
    suppression: ExportedSuppression | None
    follows: tuple[ExportedFollow, ...]
    engaged: bool = Field(description="They have mentioned, messaged or engaged with the shop.")
    traits: tuple[ExportedTrait, ...]
    only_hashes: OnlyHashes


class CustomerExport(Contract):
    """All that Stammkunde holds of a customer, beside the messages in the source topics."""

    customer: Customer
    records: CustomerRecords
    transitions: tuple[Transition, ...] = Field(description="Of the last year, oldest first.")
    triggers: tuple[Trigger, ...] = Field(description="Of the last 90 days, oldest first.")
    held: tuple[HeldTrigger, ...] = Field(
        description="Triggers of the last 90 days that were held for review, oldest first."
    )
