"""The rows of the known customers, as the product itself makes them of two years of messages.

The worker's own batch handler takes each message and walks each row to where the live stream
begins. So the rows are in whatever form this release writes.
"""

from collections.abc import Iterator, Mapping

from benchmarks.loads.mix.history import LIVE_BEGINS, history_records
from benchmarks.loads.records import consumer_record
from schemas.policy import load_default_policy
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes
from topology.domain.policy.compile import compile_policy

_TOGETHER = 50
"""Customers whose rows are made in one go."""


def known_customers(numbers: range, customers: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and row of each of these customers, of so many in all, where the live stream begins."""
    book = compile_policy(load_default_policy(), sends_everything=True)
    journey = Journey(book, partitions=1, machine_now=lambda: LIVE_BEGINS)
    for start in range(0, len(numbers), _TOGETHER):
        some = numbers[start : start + _TOGETHER]
        yield from _rows(journey, some, customers).items()


def _rows(journey: Journey, numbers: range, customers: int) -> Mapping[bytes, bytes]:
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
