"""One side of a trial alone, without Kafka: one policy's way over records that a file has.

`python -m benchmarks.contestants.side_alone SPEC` measures what SPEC, in JSON, asks for. It writes
a line as soon as it has progress to report, and at the end the result, as JSON.
"""

import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from benchmarks.environment.machine import cpu_times, cpu_use, memory_mb
from benchmarks.loads import records as loads
from schemas.policy import load_policy
from services.trials.arrivals import in_order_of_arrival
from services.trials.side import Side, SideSettings
from topology.batching.record import Record
from topology.domain.history.instant import DAY
from topology.domain.policy.compile import compile_policy

PROGRESS: Final = "progress"
_LENGTH: Final = 4
_SINCE: Final = 90 * DAY


class Spec(msgspec.Struct, frozen=True):
    """What to measure: a policy's file, and the file with the records."""

    policy: str
    records: str


class Measured(msgspec.Struct, frozen=True):
    """What a side took, from the first record to the end and the thirty days ahead of it."""

    records: int
    seconds: float
    cpu_us_per_event: float
    memory_at_most_mb: int
    customers: int
    triggers: int
    other_load: float
    stolen: float


def write_records(records: Iterable[loads.Record], file: Path) -> None:
    """Write records, so that both sides read the same without making them."""
    encode = msgspec.msgpack.Encoder().encode
    with file.open("wb") as output:
        for offset, each in enumerate(records):
            found = loads.consumer_record(each, offset)
            value = encode(
                (
                    found.topic,
                    0,
                    offset,
                    found.timestamp,
                    found.timestamp_type,
                    each.key,
                    each.value,
                )
            )
            output.write(len(value).to_bytes(_LENGTH))
            output.write(value)


def _read(source: BinaryIO) -> Iterator[Record]:
    decode = msgspec.msgpack.Decoder(tuple[str, int, int, int, int, bytes, bytes]).decode
    while length := source.read(_LENGTH):
        yield Record(*decode(source.read(int.from_bytes(length))))


def measure(spec: Spec) -> Measured:
    """Let one policy go its way."""
    book = compile_policy(load_policy(Path(spec.policy)), sends_everything=False)
    side = Side(book, SideSettings("wall", "", None, _SINCE))
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # As a trial has it.
    own = {"side": os.getpid()}
    before, begun = cpu_times(own, None), time.monotonic()
    with Path(spec.records).open("rb") as source:
        side.run(in_order_of_arrival([_read(source)]), partial(_report, []))
    outcome = side.end(0)
    seconds, use = time.monotonic() - begun, cpu_use(before, cpu_times(own, None))
    return Measured(
        records=outcome.records,
        seconds=round(seconds, 2),
        cpu_us_per_event=round(use.measured / max(1, outcome.records) * 1e6, 1),
        memory_at_most_mb=memory_mb(os.getpid())["at_most"],
        customers=len(outcome.customers),
        triggers=len(outcome.triggers),
        other_load=round(use.other_share, 2),
        stolen=round(use.stolen_share, 2),
    )


def _report(reports: list[int], records: int) -> None:
    """Write a line about the first progress."""
    if not reports:
        sys.stdout.write(PROGRESS + "\n")
        sys.stdout.flush()
    reports.append(records)


if __name__ == "__main__":
    result = measure(msgspec.json.decode(sys.argv[1], type=Spec))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
