"""The rows of the known customers, as the product itself makes them of two years of messages.

The worker's own batch handler takes each message and walks each row to where the live stream
begins. So the rows are in whatever form this release writes. It does so once for each life: other
customers who share it have the same row under their own ids.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.loads.mix.history import LIVE_BEGINS, history_records, life_of
from benchmarks.loads.mix.message import customer_id
from benchmarks.loads.records import consumer_record
from schemas.policy import load_default_policy
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes
from topology.domain.policy.compile import compile_policy

_TOGETHER = 50
"""Lives whose rows are made in one go."""


def known_customers(numbers: Sequence[int], customers: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and row of each of these customers, of so many in all, where the live stream begins."""
    book = compile_policy(load_default_policy(), sends_everything=True)
    journey = Journey(book, partitions=1, machine_now=lambda: LIVE_BEGINS)
    shared = [(life, list(some)) for life, some in groupby(numbers, life_of)]
    for start in range(0, len(shared), _TOGETHER):
        together = shared[start : start + _TOGETHER]
        rows = lived_rows(journey, [life for life, _ in together], customers)
        for life, some in together:
            row = rows[customer_id(life).encode()]
            for number in some:
                yield customer_id(number).encode(), row.replace(b"%07d" % life, b"%07d" % number)


def lived_rows(journey: Journey, numbers: Sequence[int], customers: int) -> dict[bytes, bytes]:
    """The rows that the handler makes of all messages of these customers."""
    records = [
        consumer_record(record, offset)
        for number in numbers
        for offset, record in enumerate(history_records(number, customers))
    ]
    rows = dict[bytes, bytes]()
    _apply(rows, journey.on_records(0, rows, records, BatchTime(clock=0, now=None)))
    there = BatchTime(clock=LIVE_BEGINS, now=LIVE_BEGINS)
    _apply(rows, journey.on_due(rows, list(rows), LIVE_BEGINS, there))
    return rows


def _apply(rows: dict[bytes, bytes], changes: Changes) -> None:
    for key, row in changes.rows.items():
        assert row.value is not None
        rows[key] = row.value
