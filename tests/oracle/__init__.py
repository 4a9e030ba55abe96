"""An independent oracle: what the default policy must make of a history of orders.

It shares no code with Stammkunde. The policy's numbers are the tables of ``policy.sql``, and the
journey of every customer is computed in ``journey.sql``. This module only loads the events, runs
the two files in an SQLite database in memory and hands the rows back.

At one instant the clock takes effect first, then the orders, then the refunds, then the complaints,
each in the order in which they are given.

What came late says when it was ``heard``: then it takes effect, as of when it happened. Where
several take effect at one instant, and the order above is not the one in which they came, the lower
``turn`` comes first.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict

__all__ = [
    "Complaint",
    "Order",
    "Refund",
    "Summary",
    "Transition",
    "Trigger",
    "Verdict",
    "judge",
]

HERE = Path(__file__).parent
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

SCHEMA = """
CREATE TABLE final_instant (at INTEGER NOT NULL);
CREATE TABLE event (
    pos INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    at INTEGER NOT NULL,
    heard INTEGER NOT NULL CHECK (heard >= at),
    kind TEXT NOT NULL CHECK (kind IN ('order', 'refund', 'complaint', 'resolution')),
    order_id TEXT,
    cents INTEGER CHECK (cents >= 0)
);
CREATE INDEX event_of_customer ON event (customer, kind, order_id);
"""

Row: TypeAlias = tuple[str, int, int, str, str | None, int | None]
"""An event as the database takes it: customer, at, heard, kind, order_id, cents."""


@dataclass(frozen=True)
class Order:
    """An order; a customer's order ids are unique."""

    customer: str
    order_id: str
    at: datetime
    cents: int
    heard: datetime | None = None
    turn: int = 0


@dataclass(frozen=True)
class Refund:
    """A refund of a part of an order, or of all of it when ``cents`` is None."""

    customer: str
    order_id: str
    at: datetime
    cents: int | None = None
    heard: datetime | None = None
    turn: int = 0


@dataclass(frozen=True)
class Complaint:
    """A complaint, or the resolution of all complaints that the customer has open."""

    customer: str
    at: datetime
    kind: Literal["complaint", "resolution"] = "complaint"
    heard: datetime | None = None
    turn: int = 0


Event: TypeAlias = Order | Refund | Complaint


@dataclass(frozen=True)
class Transition:
    """A customer went from one segment to another; ``at`` is when it took effect."""

    customer: str
    from_segment: str
    to_segment: str
    at: datetime


@dataclass(frozen=True)
class Trigger:
    """A rule fired for a customer; ``action`` is the kind of action."""

    customer: str
    rule: str
    action: str
    at: datetime


class Summary(TypedDict):
    """The counts that the demo prints as its last line; only what occurs is listed."""

    orders: int
    customers: int
    revenue_cents: int
    segments: dict[str, int]
    transitions: int
    triggers: dict[str, int]


@dataclass(frozen=True)
class Verdict:
    """What must come out of a history.

    Both lists are in the order of time; at one instant, customers by their ids; what one customer
    did at one instant, in the order in which it took effect.
    """

    segments: dict[str, str]
    transitions: list[Transition]
    triggers: list[Trigger]
    summary: Summary


def judge(
    orders: Iterable[Order],
    refunds: Iterable[Refund] = (),
    complaints: Iterable[Complaint] = (),
    *,
    until: datetime,
) -> Verdict:
    """Compute what the default policy makes of these events, with the clock run to ``until``."""
    rows = _in_order_of_effect(orders, refunds, complaints)
    _refuse_what_cannot_be_judged(rows, until)
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("days", 1, _days, deterministic=True)
        database.executescript(SCHEMA)
        database.execute("INSERT INTO final_instant VALUES (?)", [_ticks(until)])
        database.executemany("INSERT INTO event VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
        for script in ("policy.sql", "journey.sql"):
            database.executescript((HERE / script).read_text(encoding="utf-8"))
        return _verdict(database)


def _in_order_of_effect(
    orders: Iterable[Order], refunds: Iterable[Refund], complaints: Iterable[Complaint]
) -> list[Row]:
    """Sort all events by effect; equal instants keep orders, refunds, complaints, as given."""
    told: list[Event] = [*orders, *refunds, *complaints]
    return [_row(event) for event in sorted(told, key=lambda e: (e.heard or e.at, e.turn))]


def _row(event: Event) -> Row:
    at, heard = _ticks(event.at), _ticks(event.heard or event.at)
    match event:
        case Order():
            return event.customer, at, heard, "order", event.order_id, event.cents
        case Refund():
            return event.customer, at, heard, "refund", event.order_id, event.cents
        case Complaint():
            return event.customer, at, heard, event.kind, None, None


def _refuse_what_cannot_be_judged(rows: list[Row], until: datetime) -> None:
    if any(heard > _ticks(until) for _, _, heard, *_ in rows):
        message = "an event lies after the final instant"
        raise ValueError(message)
    order_ids = [
        (customer, order_id) for customer, _, _, kind, order_id, _ in rows if kind == "order"
    ]
    if len(set(order_ids)) < len(order_ids):
        message = "an order is given twice"
        raise ValueError(message)


def _verdict(database: sqlite3.Connection) -> Verdict:
    transitions = [
        Transition(customer, before, after, _instant(at))
        for customer, before, after, at in database.execute(
            "SELECT customer, from_segment, to_segment, at FROM transition"
            " ORDER BY at, customer, pos"
        )
    ]
    triggers = [
        Trigger(customer, rule, action, _instant(at))
        for customer, rule, action, at in database.execute(
            "SELECT customer, rule, action, at FROM fired ORDER BY at, customer, pos, rule"
        )
    ]
    segments = dict(database.execute("SELECT customer, segment FROM final_segment"))
    orders, revenue = database.execute(
        "SELECT count(*), coalesce(sum(cents), 0) FROM event WHERE kind = 'order'"
    ).fetchone()
    summary = Summary(
        orders=orders,
        customers=len(segments),
        revenue_cents=revenue,
        segments=dict(_counted(database, "segment", "final_segment")),
        transitions=len(transitions),
        triggers=dict(_counted(database, "rule", "fired")),
    )
    return Verdict(segments, transitions, triggers, summary)


def _counted(database: sqlite3.Connection, column: str, table: str) -> Iterator[tuple[str, int]]:
    yield from database.execute(
        f"SELECT {column}, count(*) FROM {table} GROUP BY {column} ORDER BY {column}"  # noqa: S608 - both names are this module's own
    )


def _ticks(at: datetime) -> int:
    """Turn an aware datetime into whole microseconds, which SQL compares and adds exactly."""
    return (at - EPOCH) // TICK


def _instant(ticks: int) -> datetime:
    return EPOCH + ticks * TICK


def _days(number: int | None) -> int | None:
    """Define ``days(n)`` of the SQL files."""
    return None if number is None else timedelta(days=number) // TICK
