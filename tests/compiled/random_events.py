"""Sends random events through the handler, and prints a digest of all that it makes of them.

    python -m tests.compiled.random_events 1000000
    STAMMKUNDE_PURE=1 python -m tests.compiled.random_events 1000000

Both forms of the domain must print the same.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import topology
from schemas import topics
from schemas.policy import load_default_policy
from topology.agents.journey import Journey
from topology.batching.handler import BatchTime, Changes
from topology.batching.record import Record
from topology.domain.policy.compile import compile_policy

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
CUSTOMERS = 300
BATCH = 150
STEP = 40_000
"""Milliseconds between two events: a customer's are three hours apart, so that the clock counts."""
_BEGAN = 1_700_000_000_000
_IDS = ("order_id", "trigger_id", "ticket_id", "product_id")


def events(many: int, chance: Random) -> Iterator[Record]:
    """So many records: the examples of each event, with other ids, amounts and times."""
    known = [
        (topic, json.loads(path.read_text(encoding="utf-8")))
        for topic in topics.SOURCES
        for path in sorted((EXAMPLES / topic).glob("*.json"))
    ]
    for place in range(many):
        topic, example = chance.choice(known)
        at = _BEGAN + place * STEP
        customer = f"c-{chance.randrange(CUSTOMERS)}"
        happened = at - chance.choice((0, 0, 0, 1, 3_600_000, 90_000_000))
        message = {
            **example,
            "messageId": f"m-{place if chance.random() < 0.99 else place - 1}",
            "userId": customer,
            "anonymousId": f"a-{customer}" if chance.random() < 0.02 else None,
            "timestamp": datetime.fromtimestamp(happened / 1000, UTC).isoformat(),
        }
        if isinstance(message.get("properties"), dict):
            message["properties"] = _varied(message["properties"], chance)
        value = json.dumps(message, ensure_ascii=chance.random() < 0.5).encode()
        yield Record(
            topic=topic,
            partition=0,
            offset=place,
            timestamp=at,
            timestamp_type=1,
            key=customer.encode(),
            value=value,
        )


def _varied(properties: dict[str, Any], chance: Random) -> dict[str, Any]:
    varied = dict(properties)
    for name in _IDS:
        if name in varied:
            varied[name] = f"{name[0]}-{chance.randrange(2_000)}"
    if isinstance(varied.get("total"), int | float):
        varied["total"] = round(chance.random() * 200, 2)
    if isinstance(varied.get("rating"), int | float):
        varied["rating"] = chance.randint(1, 5)
    return varied


class Shelf:
    """The rows, and the digest of all that was written: rows and outputs, in order."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.due: dict[bytes, int] = {}
        self.digest = sha256()

    def write(self, changes: Changes) -> None:
        """Write what a batch has changed."""
        for key, row in changes.rows.items():
            self.digest.update(key + (row.value or b"-"))
            self.rows.pop(key, None)
            self.due.pop(key, None)
            if row.value is not None:
                self.rows[key] = row.value
                if row.wake_at is not None:
                    self.due[key] = row.wake_at
        for output in changes.outputs:
            self.digest.update(repr(output).encode())


def digest_of(many: int, seed: int) -> str:
    """The digest of all that comes of so many events."""
    now = [0]
    journey = Journey(compile_policy(load_default_policy()), 1, lambda: now[0])
    shelf, batch = Shelf(), list[Record]()
    for record in events(many, Random(seed)):
        batch.append(record)
        if len(batch) == BATCH:
            at = now[0] = (record.timestamp + 1) * 1_000
            shelf.write(journey.on_records(0, shelf.rows, batch, BatchTime(at, at)))
            ripe = sorted(key for key, wake in shelf.due.items() if wake <= at)
            shelf.write(journey.on_due(shelf.rows, ripe, at, BatchTime(at, at)))
            batch.clear()
    return shelf.digest.hexdigest()


if __name__ == "__main__":
    form = "compiled" if topology.IS_COMPILED else "not compiled"
    sys.stdout.write(f"{digest_of(int(sys.argv[1]), 1)} {form}\n")
