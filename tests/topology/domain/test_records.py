"""Records: all that a row holds, so that it can be given to its customer."""

from datetime import timedelta

import pytest

from schemas.customer_export import (
    ExportedCase,
    ExportedFollow,
    ExportedOrder,
    ExportedRefund,
    ExportedResolution,
    ExportedTrait,
    ExportedWord,
    FoldedDay,
    FoldedOrders,
    OnlyHashes,
)
from schemas.dimensions import Dimension
from tests.topology.domain.life import lived
from tests.topology.domain.messages import (
    bought,
    cancellation,
    complaint,
    day,
    delivered,
    did,
    identified,
    orders,
    refund,
    resolution,
    survey,
    visit,
)
from topology.domain.history.memory import Memory
from topology.domain.history.orders import KEPT
from topology.domain.history.person import Person
from topology.domain.history.record import Record, fields_of
from topology.domain.history.state import History, State
from topology.domain.view.records import records_of
from topology.domain.view.view import STORED_FIELDS

RESEARCH = visit(day(2))
MESSAGES = [
    identified(day(0), birthday="1980-02-29", vip=True),
    bought(day(1), "a", "store", 20.0),
    RESEARCH,
    refund(day(3), "a", 5.0),
    refund(day(3), "unheard", 7.5),
    cancellation(day(4), "never"),
    did("Newsletter Subscribed", day(5)),
    did("Social Followed", day(6), network="x"),
    did("Social Unfollowed", day(7), network="xing"),
    complaint(day(8), ticket_id="t-1"),
    survey(day(8.5), "nps", 0),
    resolution(day(9), ticket_id="t-1"),
    bought(day(10), "b", "web", 1.0),
    delivered(day(11)),
]


def test_all_that_was_sent_is_there() -> None:
    """Each thing with its time, in the words of the contract."""
    records = records_of(lived(MESSAGES, day(12)).row)

    assert records.orders == (
        ExportedOrder(
            order_id="a", at=day(1), channel="store", total=2000, refunded=500, taken_back=False
        ),
        ExportedOrder(
            order_id="b", at=day(10), channel="web", total=100, refunded=0, taken_back=False
        ),
    )
    assert records.folded_orders is None
    assert records.refunds == (
        ExportedRefund(order_id="never", refunded=0, taken_back=True, at=day(4)),
        ExportedRefund(order_id="unheard", refunded=750, taken_back=False, at=day(3)),
    )
    assert [(each.kind, each.ticket_id) for each in records.cases] == [
        ("complaint", "t-1"),
        ("survey", None),
    ]
    assert records.cases[0] == ExportedCase(
        kind="complaint",
        opened_at=day(8),
        message_id=MESSAGES[9]["messageId"],
        ticket_id="t-1",
    )
    assert records.resolutions == (ExportedResolution(at=day(9), ticket_id="t-1", delivered=False),)
    assert records.bought_over == ("web", "store")
    assert (records.acted_at, records.looked_at) == (day(10), day(2))
    assert records.attempts == (day(11),)
    assert records.newsletter == ExportedWord(at=day(5), yes=True)
    assert records.follows == (
        ExportedFollow(network="xing", at=day(7), following=False),
        ExportedFollow(network="x", at=day(6), following=True),
    )
    assert not records.engaged
    assert records.traits == (
        ExportedTrait(name="birthday", value="1980-02-29", at=day(0)),
        ExportedTrait(name="vip", value=True, at=day(0)),
    )
    assert records.only_hashes == OnlyHashes(
        message_ids=len(MESSAGES), things_looked_at=1, things_bought=0
    )


def test_triggers_that_count_for_others_are_there_by_their_times() -> None:
    """Promotion for the caps, service recovery for what its delivery ends."""
    life = lived(MESSAGES, day(60))
    records = records_of(life.row)

    assert records.recoveries == (day(8),)
    assert records.promotions
    assert set(records.promotions) <= {trigger.effective_at for trigger in life.triggers}


def test_orders_of_which_only_sums_are_kept_are_there_as_sums() -> None:
    """All beyond the latest 256: day by day while they may be in the window."""
    messages = orders(*(day(0) + timedelta(hours=6 * n) for n in range(KEPT + 5)), total=1.0)
    records = records_of(lived(messages).row)

    assert records.folded_orders == FoldedOrders(
        orders=5,
        revenue=500,
        first_at=day(0),
        last_at=day(0.5),
        days=(
            FoldedDay(day=day(0).date(), orders=2, revenue=200),
            FoldedDay(day=day(1).date(), orders=3, revenue=300),
        ),
    )
    assert len(records.orders) == KEPT


VIEWED = {
    "first_seen_at",
    "last_seen_at",
    "events",
    "touches",
    "contacts",
    "fired",
    "held_count",
    "held",
    "holds",
    "purposes",
}
"""What the customer's view shows whole, under another name."""

RECORDS = {
    "ledger": "orders",
    "past": "folded_orders",
    "looks": "only_hashes",
    "buys": "only_hashes",
    "known_person": "traits",
    "promoted": "promotions",
}
"""What the records call otherwise than the row."""


@pytest.mark.parametrize("kind", [History, Person, Memory])
def test_nothing_that_a_row_holds_is_left_out(kind: type[Record]) -> None:
    """Who adds a field says where its customer can read it."""
    records = records_of(lived(MESSAGES).row)
    names = set(fields_of(kind)) - VIEWED
    if kind is History:
        names -= {each.name for each in STORED_FIELDS}

    assert {RECORDS.get(name, name) for name in names} <= set(type(records).model_fields)


def test_the_row_itself_has_no_other_fields() -> None:
    """But those of the view, and what says nothing of a customer."""
    technical = {"version", "clock", "seen", "paused", "quiet_until"}
    viewed = {"policy_version", "wake_at", "customer_id", "as_of", "sequence", "scores", "known_by"}
    viewed |= {*Dimension, "stage_since", "currency", "settles_at"}

    assert set(fields_of(State)) == technical | viewed | {"history", "remembered"}
