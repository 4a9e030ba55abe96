"""The kinds of loads that a worker is measured with, and their records."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from benchmarks.loads.mix.stream import live_records
from benchmarks.loads.orders import backfill_load, live_load, orders
from benchmarks.loads.records import Record
from topology.domain.history.instant import from_datetime


class Kind(StrEnum):
    """What happens, and when."""

    MIX = "mix"
    """A real shop: all kinds of events of customers who are known for two years."""
    LIVE = "live"
    """The worst case: nothing but orders within an hour, from nothing to VIP for everybody."""
    BACKFILL = "backfill"
    """The same orders over a year: between them the clock walks customers through what was due."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many events, of how many customers. In `mix` customers are known before."""

    events: int
    customers: int
    known_customers: int


def add_size_options(parser: argparse.ArgumentParser, *, events: int, known_customers: int) -> None:
    """Say how large a load can be chosen."""
    parser.add_argument("--events", type=int, default=events)
    parser.add_argument(
        "--customers",
        type=int,
        default=None,
        help="of live and backfill: a twentieth of the events",
    )
    parser.add_argument("--known-customers", type=int, default=known_customers, help="of mix")


def size_of(parsed: argparse.Namespace) -> Size:
    """Read the size from the command line."""
    customers = parsed.customers or max(1, parsed.events // 20)
    return Size(parsed.events, customers, parsed.known_customers)


def records(kind: Kind, size: Size, now: datetime) -> Iterator[Record]:
    """The records of a load, in the order in which they come to Kafka."""
    if kind is Kind.MIX:
        yield from live_records(size.events, size.known_customers)
        return
    if kind is Kind.LIVE:
        load = live_load(size.events, size.customers, now)
    else:
        load = backfill_load(size.events, size.customers)
    received = from_datetime(now)
    for key, value in orders(load):
        yield Record(received, key, value)
