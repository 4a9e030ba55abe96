"""The worker's batch handler alone, without Kafka: how much CPU time it takes for an event.

`python -m benchmarks.contestants.handler_alone SPEC` measures what SPEC, in JSON, asks for, and
writes the result as JSON. It imports nothing of the product but the interface of the handler, so it
measures other checkouts, too.
"""

import gc
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.environment.machine import cpu_times, cpu_use
from benchmarks.loads.kind import Kind, Size, records
from benchmarks.loads.mix.history import LIVE_BEGINS
from benchmarks.loads.mix.row_files import read_rows, row_files
from benchmarks.loads.records import consumer_record
from schemas.policy import load_default_policy
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes
from topology.domain.history.instant import from_datetime
from topology.domain.policy.compile import compile_policy


class Spec(msgspec.Struct, frozen=True):
    """What to measure: a load, in batches of so many events. `data` is where rows are kept."""

    kind: Kind
    size: Size
    batch: int
    data: str


class Measured(msgspec.Struct, frozen=True):
    """What the handler took. The shares are of all cores, meanwhile."""

    us_per_event: float
    outputs_per_event: float
    bytes_per_event: float
    rows: int
    other_load: float
    stolen: float


def measure(spec: Spec) -> Measured:
    """Make the load, then let the handler take it."""
    now = datetime.now(UTC)
    taken = [
        consumer_record(record, offset)
        for offset, record in enumerate(records(spec.kind, spec.size, now))
    ]
    handler, batch_time, rows = _prepared(spec, from_datetime(now))
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # As the worker has it.
    used, outputs, before = 0.0, 0, cpu_times({}, None)
    for first in range(0, len(taken), spec.batch):
        some = taken[first : first + spec.batch]
        begun = time.process_time()
        changes = handler.on_records(0, rows, some, batch_time)
        used += time.process_time() - begun
        outputs += len(changes.outputs)
        apply(changes, rows)
    use = cpu_use(before, cpu_times({}, None))
    events = len(taken)
    return Measured(
        us_per_event=round(used / events * 1e6, 2),
        outputs_per_event=round(outputs / events, 4),
        bytes_per_event=round(sum(len(each.value or b"") for each in taken) / events),
        rows=len(rows),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
    )


def apply(changes: Changes, rows: dict[bytes, bytes]) -> None:
    """Keep the changed rows."""
    for key, row in changes.rows.items():
        if row.value is None:
            rows.pop(key, None)
        else:
            rows[key] = row.value


def _prepared(spec: Spec, now: int) -> tuple[Journey, BatchTime, dict[bytes, bytes]]:
    """The handler, the time and the rows that a worker would have at the beginning."""
    is_mix = spec.kind is Kind.MIX
    book = compile_policy(load_default_policy(), sends_everything=is_mix)
    handler = Journey(book, partitions=1, machine_now=lambda: now)
    if not is_mix:
        return handler, BatchTime(clock=0, now=now), {}
    files = row_files(Path(spec.data), spec.size.known_customers)
    rows = {row.key: row.value for row in read_rows(files)}
    return handler, BatchTime(clock=LIVE_BEGINS, now=LIVE_BEGINS), rows


if __name__ == "__main__":
    result = measure(msgspec.json.decode(sys.argv[1], type=Spec))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
