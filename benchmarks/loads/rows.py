"""Rows of customers, made by the domain itself, straight into the changelog.

`python -m benchmarks.loads.rows SPEC` writes the rows that its SPEC, in JSON, asks for.
"""

import asyncio
import os
import random
import sys
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from benchmarks.environment.broker import KeyValue, bulk_producer, commit_beginning, write
from benchmarks.environment.stage import Stage, playing
from benchmarks.loads.orders import order_message
from schemas.messages.fast import track_event_decoder
from schemas.policy import load_default_policy
from schemas.topics import changelog
from topology.domain.advance import advance
from topology.domain.history.event import Event, event_in
from topology.domain.history.instant import DAY, Instant, to_datetime
from topology.domain.history.state import State
from topology.domain.policy.compile import compile_policy
from topology.domain.policy.rulebook import Rulebook
from topology.domain.rows.row import encode_row

LIVES = 5_000
"""How many customers the domain lives through. If there are more, some share one life."""
_JITTER = 5 * DAY
_DECODE = track_event_decoder().decode


class Spec(msgspec.Struct, frozen=True):
    """Customers from `first` to before `last`, and when they ordered.

    Each one's last order is `age` before its anchor. The anchors lie evenly over `spread` from
    `anchor` on, over all of `customers`; those who share one life have one anchor. The orders
    before it, at `earlier` days more, are shifted at random, as those of different customers are.
    Times are in microseconds.
    """

    app_id: str
    first: int
    last: int
    customers: int
    anchor: Instant
    spread: int
    age: int
    earlier: tuple[int, ...]
    as_of: Instant
    """How far the clock of the rows has come."""


async def write_rows(on: Stage, spec: Spec) -> None:
    """Write the rows, by as many processes as there are cores."""
    parts = os.cpu_count() or 1
    bounds = [spec.first + (spec.last - spec.first) * part // parts for part in range(parts + 1)]
    await asyncio.gather(
        *(
            _write_part(on, msgspec.structs.replace(spec, first=first, last=last))
            for first, last in pairwise(bounds)
        )
    )
    await commit_beginning(on.kafka, spec.app_id, on.partitions)


async def _write_part(on: Stage, spec: Spec) -> None:
    command = ["-m", "benchmarks.loads.rows", msgspec.json.encode(spec).decode()]
    settings = {"STAMMKUNDE_PARTITIONS": str(on.partitions)}
    async with playing(on, f"rows-{spec.app_id}-{spec.first}", command, settings) as player:
        await player.process.wait()
        assert player.process.returncode == 0, player.log.read_text(encoding="utf-8")


def rows(spec: Spec) -> Iterator[KeyValue]:
    """Keys and rows, as the worker would have written them.

    The domain makes the row of one customer in some; the others have the same under their ids.
    """
    book, together = compile_policy(load_default_policy()), -(-spec.customers // LIVES)
    lived, first, row = -1, b"", b""
    for number in range(spec.first, spec.last):
        if number // together * together != lived:
            lived = number // together * together
            first = customer_id(lived)
            row = encode_row(_state(spec, lived, first.decode(), book))
        key = customer_id(number)
        yield key, row.replace(first, key)


def customer_id(number: int) -> bytes:
    """The id of a customer: all have the same length."""
    return b"c-%07d" % number


def _state(spec: Spec, number: int, customer: str, book: Rulebook) -> State:
    chance = random.Random(number)
    last = spec.anchor + spec.spread * number // spec.customers - spec.age
    before = (last - days * DAY - chance.randrange(_JITTER) for days in spec.earlier)
    state: State | None = None
    for place, at in enumerate(sorted((*before, last))):
        event = _order(number * 10 + place, customer, at, chance.randrange(500, 20_000))
        state = advance(state, event, at, book).state
    state = advance(state, None, spec.as_of, book).state
    assert state is not None
    return state


def _order(number: int, customer: str, at: Instant, total: int) -> Event:
    at -= at % 1000  # A message's time is in milliseconds.
    message = _DECODE(order_message(number, customer, to_datetime(at), total))
    return event_in(message, customer, str(message.message_id), at)


async def _main(spec: Spec) -> None:
    # The worker writes its rows uncompressed, too.
    async with bulk_producer(os.environ["KAFKA_BOOTSTRAP_SERVERS"], compression=None) as producer:
        partitions = int(os.environ["STAMMKUNDE_PARTITIONS"])
        await write(producer, changelog(spec.app_id), rows(spec), partitions)


if __name__ == "__main__":
    asyncio.run(_main(msgspec.json.decode(sys.argv[1], type=Spec)))
